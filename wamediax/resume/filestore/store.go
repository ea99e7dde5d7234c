package filestore

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/wamediax/whatsmeow-ext/wamediax/internal/wait"
	"github.com/wamediax/whatsmeow-ext/wamediax/resume"
)

// What a file of the store is, by the end of its name.
const (
	recordExt = ".upload"
	tempExt   = ".tmp"    // a record that is being written, or was when its writer died
	brokenExt = ".broken" // a record that was found broken, for a person to look at
	lockExt   = ".lock"
)

// errBroken means that a file holds no record, or one of a version that this one does not know.
var errBroken = errors.New("record is broken")

// guardName is the file whose lock is held for the moment in which a record is replaced, set aside or purged.
const guardName = "guard" + lockExt

// Store is a [resume.Store] in a directory. Its methods may be called by any number of goroutines.
type Store struct {
	dir string
}

// New opens the store in dir, which is created if missing. Any number of stores, in any number of processes, may
// use the same directory. There is nothing to close.
func New(dir string) (*Store, error) {
	if dir == "" {
		return nil, errors.New("failed to open the upload store: no directory is given")
	}
	abs, err := filepath.Abs(dir)
	if err == nil {
		err = os.MkdirAll(abs, 0o700)
	}
	if err != nil {
		return nil, fmt.Errorf("failed to open the upload store: %w", err)
	}
	return &Store{dir: abs}, nil
}

// fileName is what the names of all files about one upload begin with. The key itself could be anything, a path too.
func fileName(key string) string {
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:])
}

func (s *Store) path(name, ext string) string { return filepath.Join(s.dir, name+ext) }

// Load implements [resume.Store].
func (s *Store) Load(ctx context.Context, key string) (*resume.Record, error) {
	rec, err := s.load(ctx, fileName(key))
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, errBroken), err == nil && rec.Expired(time.Now()):
		return nil, resume.ErrNotFound
	case err != nil:
		return nil, fmt.Errorf("failed to load the upload's record: %w", err)
	}
	return rec, nil
}

func (s *Store) load(ctx context.Context, name string) (*resume.Record, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	rec, err := s.read(name)
	if errors.Is(err, errBroken) {
		return s.setAside(ctx, name)
	}
	return rec, err
}

func (s *Store) read(name string) (*resume.Record, error) {
	path := s.path(name, recordExt)
	if err := checkRegular(path); err != nil { // opening a FIFO would wait for a writer
		return nil, err
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, resume.MaxRecordSize+1))
	if err != nil {
		return nil, err
	}
	rec := new(resume.Record)
	if rec.UnmarshalBinary(data) != nil {
		return nil, errBroken
	}
	return rec, nil
}

// checkRegular returns an error unless path is a regular file. A symlink is none.
func checkRegular(path string) error {
	info, err := os.Lstat(path)
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s is not a regular file (%s): remove it", path, info.Mode().Type())
	}
	return err
}

// setAside renames a broken record, unless it has been replaced by a good one meanwhile: that it returns. Where it cannot
// be renamed it stays where it is, and is as good as gone all the same.
func (s *Store) setAside(ctx context.Context, name string) (rec *resume.Record, err error) {
	guardErr := s.guarded(ctx, func() error {
		if rec, err = s.read(name); errors.Is(err, errBroken) {
			broken := s.path(name, brokenExt)
			if os.Rename(s.path(name, recordExt), broken) == nil {
				// From now on counts how long it is kept.
				_ = os.Chtimes(broken, time.Time{}, time.Now())
				_ = syncDir(s.dir)
			}
		}
		return nil
	})
	switch {
	case ctx.Err() != nil && guardErr != nil:
		return nil, ctx.Err()
	case guardErr != nil:
		return nil, errBroken
	}
	return rec, err
}

// Save implements [resume.Store].
func (s *Store) Save(ctx context.Context, key string, rec *resume.Record) error {
	return s.put(ctx, key, rec.Stamped(time.Now()))
}

func (s *Store) put(ctx context.Context, key string, rec *resume.Record) error {
	err := ctx.Err()
	if err == nil {
		err = s.replace(ctx, fileName(key), rec)
	}
	if err != nil {
		return fmt.Errorf("failed to save the upload's record: %w", err)
	}
	return nil
}

func (s *Store) replace(ctx context.Context, name string, rec *resume.Record) error {
	data, err := rec.MarshalBinary()
	if err != nil {
		return err
	}
	temp, err := s.writeTemp(name, data)
	if err != nil {
		return err
	}
	err = s.guarded(ctx, func() error { return os.Rename(temp, s.path(name, recordExt)) })
	if err != nil {
		return errors.Join(err, os.Remove(temp))
	}
	return syncDir(s.dir)
}

// writeTemp writes data to a new file and has it on the disk when it returns. On an error nothing is left.
func (s *Store) writeTemp(name string, data []byte) (path string, err error) {
	file, err := os.CreateTemp(s.dir, name+"-*"+tempExt) // mode 0600
	if err != nil {
		return "", err
	}
	_, err = file.Write(data)
	if err == nil {
		err = file.Sync()
	}
	if closeErr := file.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return "", errors.Join(err, os.Remove(file.Name()))
	}
	return file.Name(), nil
}

// Delete implements [resume.Store].
func (s *Store) Delete(ctx context.Context, key string) error {
	err := ctx.Err()
	if err == nil {
		err = os.Remove(s.path(fileName(key), recordExt))
	}
	if err == nil {
		err = syncDir(s.dir)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("failed to delete the upload's record: %w", err)
	}
	return nil
}

// guarded keeps every other process and goroutine from replacing, setting aside or purging a record while fn does. fn is
// short.
func (s *Store) guarded(ctx context.Context, fn func() error) error {
	guard, err := newLock(filepath.Join(s.dir, guardName))
	if err != nil {
		return err
	}
	if err := wait.Until(ctx, time.Millisecond, 50*time.Millisecond, guard.TryLock); err != nil {
		return err
	}
	defer guard.Close()
	return fn()
}

// syncDir has the names in dir on the disk when it returns. Windows cannot, and does so by itself.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	file, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(file.Sync(), file.Close())
}
