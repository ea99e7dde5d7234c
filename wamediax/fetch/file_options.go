package fetch

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// fileSettings are the settings of one call of File.
type fileSettings struct {
	calls    []CallOption
	mode     fs.FileMode // of the file; 0: not set
	mkdirAll fs.FileMode // of new directories; 0: create none
	err      error       // the first invalid option
}

type fileOption func(*fileSettings)

func (o fileOption) file(one *fileSettings) { o(one) }

func fileSettingsOf(opts []FileOption) (*fileSettings, error) {
	s := new(fileSettings)
	for _, opt := range opts {
		if opt != nil {
			opt.file(s)
		}
	}
	return s, s.err
}

// WithFileMode sets the permissions of the file, new or replaced, such as 0o600 for media that only
// this user may read. The process's umask does not apply. File fails if perm has other bits than
// permissions, or if its owner could not read the file.
func WithFileMode(perm fs.FileMode) FileOption {
	return fileOption(func(s *fileSettings) {
		if perm&^fs.ModePerm != 0 || perm&0o400 == 0 {
			s.err = fmt.Errorf("file mode %O is invalid: it must have permission bits only and let the owner read", uint32(perm))
		}
		s.mode = perm
	})
}

// WithMkdirAll creates missing parent directories of the file, like [os.MkdirAll]: with permissions
// perm, such as 0o700, minus the process's umask. They stay if the download fails. File fails if
// perm has other bits than permissions, or if the owner could not create files in the directories.
func WithMkdirAll(perm fs.FileMode) FileOption {
	return fileOption(func(s *fileSettings) {
		if perm&^fs.ModePerm != 0 || perm&0o300 != 0o300 {
			s.err = fmt.Errorf("directory mode %O is invalid: it must have permission bits only and let the owner create files", uint32(perm))
		}
		s.mkdirAll = perm
	})
}

// mkdirAll is os.MkdirAll, and returns the directories that have new entries.
func mkdirAll(dir string, perm fs.FileMode) (changed []string, err error) {
	missing, parent := dir, filepath.Dir(dir)
	for missing != parent { // equal at the root
		if _, err = os.Stat(missing); !errors.Is(err, fs.ErrNotExist) {
			break // it exists, or MkdirAll returns why not
		}
		changed = append(changed, parent)
		missing, parent = parent, filepath.Dir(parent)
	}
	return changed, os.MkdirAll(dir, perm)
}
