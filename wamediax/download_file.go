package wamediax

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

// DownloadFile is [Client.DownloadTo] into the file at path: it appears there whole and verified, or not at all. On an error
// what was at path before is untouched, and nothing else is left.
//
// Until then the media is in a hidden file in the same directory, .wamediax- and a number, which only this user can read; a
// process that is killed meanwhile leaves it behind. A new file gets the
// permissions that os.Create would give it; one that is replaced hands its own on. A symbolic link at path is replaced, not
// followed; a path that leads to a directory, a device or a pipe is refused. When DownloadFile returns nil, the file's
// content is on the disk, and its name too where the system can do that.
func (c *Client) DownloadFile(ctx context.Context, path string, msg whatsmeow.DownloadableMessage, opts ...DownloadOption) (Downloaded, error) {
	file, err := newReplacement(path)
	if err != nil {
		return Downloaded{}, fmt.Errorf("failed to download media: %w", err)
	}
	defer file.discard()
	got, err := c.download(ctx, msg, file, opts)
	if err != nil {
		return got, err
	}
	if err = file.appear(); err != nil {
		return got, fmt.Errorf("failed to store media: %w", err)
	}
	return got, nil
}

// replacement is a file that takes its place when it is complete.
type replacement struct {
	*os.File
	path string // where it will be
	mode fs.FileMode
}

func newReplacement(path string) (*replacement, error) {
	mode := fs.FileMode(0)
	switch old, err := os.Stat(path); {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return nil, err
	case !old.Mode().IsRegular():
		return nil, &fs.PathError{Op: "replace", Path: path, Err: errors.New("not a regular file")}
	default:
		mode = old.Mode().Perm()
	}
	for {
		// Not os.CreateTemp: the permissions that a new file gets are to be seen only on a new file.
		name := filepath.Join(filepath.Dir(path), fmt.Sprintf(".wamediax-%016x", rand.Uint64()))
		file, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666)
		if errors.Is(err, fs.ErrExist) {
			continue
		} else if err != nil {
			return nil, err
		}
		r := &replacement{File: file, path: path, mode: mode}
		stat, err := file.Stat()
		if err == nil {
			if mode == 0 {
				r.mode = stat.Mode().Perm()
			}
			err = file.Chmod(0o600)
		}
		if err != nil {
			r.discard()
			return nil, err
		}
		return r, nil
	}
}

func (r *replacement) restart() error {
	if err := r.Truncate(0); err != nil {
		return err
	}
	_, err := r.Seek(0, io.SeekStart)
	return err
}

// appear puts the file in its place.
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
	if dir, err := os.Open(filepath.Dir(r.path)); err == nil { // not every system can do that
		_ = dir.Sync()
		_ = dir.Close()
	}
	return nil
}

// discard removes the file, unless it is in its place.
func (r *replacement) discard() {
	if r.File != nil {
		_ = r.Close() // no harm if it is closed
		_ = os.Remove(r.Name())
	}
}
