package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"

	"go.mau.fi/whatsmeow"
)

// File is [Fetcher.To] into the file at path, which appears complete and verified or not at all. If
// File fails, an older file at path is unchanged, and nothing else remains except directories that
// [WithMkdirAll] created.
//
// Until then the media is in a hidden file in the same directory, named .wamediax- and a number,
// that only this user can read. A process that is killed meanwhile leaves that file behind. A new
// file gets the permissions that os.Create would give it, and a replacement gets those of the file
// it replaces, unless [WithFileMode] sets others. File replaces a symbolic link at path, and does
// not follow it. It refuses a path that leads to a directory, a device or a pipe. When File returns
// nil, the file's content is synced to disk, and so is its name where the system can do that.
func (f *Fetcher) File(ctx context.Context, path string, msg whatsmeow.DownloadableMessage, opts ...FileOption) (Downloaded, error) {
	s, err := fileSettingsOf(opts)
	if err != nil {
		return Downloaded{}, fmt.Errorf("failed to download media: %w", err)
	}
	file, err := newReplacement(path, s)
	if err != nil {
		return Downloaded{}, fmt.Errorf("failed to download media: %w", err)
	}
	defer file.discard()
	got, err := f.run(ctx, msg, file, s.calls)
	if err != nil {
		return got, err
	}
	if err = file.appear(); err != nil {
		return got, fmt.Errorf("failed to store media: %w", err)
	}
	return got, nil
}

// replacement is a hidden file that is renamed to path once it is complete.
type replacement struct {
	*os.File
	path string // final path
	mode fs.FileMode
	dirs []string // directories with new entries, to be synced
}

func newReplacement(path string, s *fileSettings) (*replacement, error) {
	if path == "" {
		return nil, errors.New("path is empty")
	}
	if os.IsPathSeparator(path[len(path)-1]) {
		return nil, &fs.PathError{Op: "create", Path: path, Err: errors.New("names a directory")}
	}
	dir := filepath.Dir(path)
	r := &replacement{path: path, mode: s.mode, dirs: []string{dir}}
	if s.mkdirAll != 0 {
		created, err := mkdirAll(dir, s.mkdirAll)
		if err != nil {
			return nil, err
		}
		r.dirs = append(r.dirs, created...)
	}
	switch old, err := os.Stat(path); {
	case errors.Is(err, fs.ErrNotExist):
		if r.mode != 0 {
			break
		}
		if r.mode, err = newFileMode(dir); err != nil {
			return nil, err
		}
	case err != nil:
		return nil, err
	case !old.Mode().IsRegular():
		return nil, &fs.PathError{Op: "replace", Path: path, Err: errors.New("not a regular file")}
	case r.mode == 0:
		r.mode = old.Mode().Perm()
	}
	var err error
	if r.File, err = createHidden(dir, 0o600); err != nil {
		return nil, err
	}
	return r, nil
}

// createHidden creates a file with a unique name, like os.CreateTemp, but with the given
// permissions.
func createHidden(dir string, mode fs.FileMode) (*os.File, error) {
	for {
		name := filepath.Join(dir, fmt.Sprintf(".wamediax-%016x", rand.Uint64()))
		file, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, mode)
		if !errors.Is(err, fs.ErrExist) {
			return file, err
		}
	}
}

// newFileMode returns the permissions that os.Create gives a file in dir. Only creating a file
// shows them, so it creates an empty file and removes it.
func newFileMode(dir string) (fs.FileMode, error) {
	file, err := createHidden(dir, 0o666)
	if err != nil {
		return 0, err
	}
	stat, err := file.Stat()
	_ = file.Close()
	if removeErr := os.Remove(file.Name()); err == nil {
		err = removeErr
	}
	if err != nil {
		return 0, err
	}
	return stat.Mode().Perm(), nil
}

func (r *replacement) expect(int64) {}

func (r *replacement) restartable() bool { return true }

func (r *replacement) restart() error {
	if err := r.Truncate(0); err != nil {
		return err
	}
	_, err := r.Seek(0, io.SeekStart)
	return err
}

// appear renames the file to its final path.
func (r *replacement) appear() error {
	err := r.Chmod(r.mode)
	if err == nil {
		err = r.Sync()
	}
	if closeErr := r.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = os.Rename(r.Name(), r.path)
	}
	if err != nil {
		return err
	}
	r.File = nil
	for _, name := range r.dirs {
		if dir, err := os.Open(name); err == nil { // not every system can sync a directory
			_ = dir.Sync()
			_ = dir.Close()
		}
	}
	return nil
}

// discard removes the file, unless it has its final name.
func (r *replacement) discard() {
	if r.File != nil {
		_ = r.Close() // closing twice is harmless
		_ = os.Remove(r.Name())
	}
}
