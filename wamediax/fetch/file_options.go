package fetch

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// fileSettings are those of one download by File.
type fileSettings struct {
	calls    []CallOption
	mode     fs.FileMode // of the file; 0: none was set
	mkdirAll fs.FileMode // of directories; 0: none are created
	err      error       // what is wrong with the options
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

// WithFileMode sets the permissions of the file, whether it is new or replaces another, such as 0o600 for media that only
// this user may read. The process's umask does not apply. Anything but permission bits, and a mode with which its owner
// cannot read the file, is an error.
func WithFileMode(perm fs.FileMode) FileOption {
	return fileOption(func(s *fileSettings) {
		if perm&^fs.ModePerm != 0 || perm&0o400 == 0 {
			s.err = fmt.Errorf("file mode %O is not that of a readable file", uint32(perm))
		}
		s.mode = perm
	})
}

// WithMkdirAll creates the directories on the way to the file that do not exist, like [os.MkdirAll]: with these permissions,
// such as 0o700, less the process's umask. They stay if the download fails. Anything but permission bits, and a mode with
// which their owner cannot create files, is an error.
func WithMkdirAll(perm fs.FileMode) FileOption {
	return fileOption(func(s *fileSettings) {
		if perm&^fs.ModePerm != 0 || perm&0o300 != 0o300 {
			s.err = fmt.Errorf("directory mode %O is not that of a directory for files", uint32(perm))
		}
		s.mkdirAll = perm
	})
}

// mkdirAll is os.MkdirAll. It returns the directories with a new name in them.
func mkdirAll(dir string, perm fs.FileMode) (changed []string, err error) {
	missing, parent := dir, filepath.Dir(dir)
	for missing != parent { // at the root they are the same
		if _, err = os.Stat(missing); !errors.Is(err, fs.ErrNotExist) {
			break // it exists, or MkdirAll says what is wrong
		}
		changed = append(changed, parent)
		missing, parent = parent, filepath.Dir(parent)
	}
	return changed, os.MkdirAll(dir, perm)
}
