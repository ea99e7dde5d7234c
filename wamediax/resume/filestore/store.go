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

// File name extensions.
const (
	recordExt = ".upload"
	tempExt   = ".tmp"    // a record being written, or left by a crash
	brokenExt = ".broken" // a damaged record, kept for inspection
	lockExt   = ".lock"
)

// errBroken means that a file is not a valid record, or one of an unknown version.
var errBroken = errors.New("record is broken")

// guardName is a file that is locked briefly while a record is replaced, set aside or purged.
const guardName = "guard" + lockExt

// Store is a [resume.Store] in a directory. It is safe for concurrent use.
type Store struct {
	dir string
}

// New opens the store in dir, creating it if necessary. Any number of stores, in any number of
// processes, may use the same directory. A Store needs no Close.
func New(dir string) (*Store, error) {
	if dir == "" {
		return nil, errors.New("failed to open upload store: directory is empty")
	}
	abs, err := filepath.Abs(dir)
	if err == nil {
		err = os.MkdirAll(abs, 0o700)
	}
	if err != nil {
		return nil, fmt.Errorf("failed to open upload store: %w", err)
	}
	return &Store{dir: abs}, nil
}

// fileName returns the common prefix of all files about one upload. The key itself is untrusted and
// could be a path.
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
		return nil, fmt.Errorf("failed to load upload record: %w", err)
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

// checkRegular returns an error unless path is a regular file, and not a symlink to one.
func checkRegular(path string) error {
	info, err := os.Lstat(path)
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s is not a regular file (%s): remove it", path, info.Mode().Type())
	}
	return err
}

// setAside renames a broken record. If a valid record has replaced it in the meantime, it returns
// that one. A record that cannot be renamed stays where it is and still counts as not found.
func (s *Store) setAside(ctx context.Context, name string) (rec *resume.Record, err error) {
	guardErr := s.guarded(ctx, func() error {
		if rec, err = s.read(name); errors.Is(err, errBroken) {
			broken := s.path(name, brokenExt)
			if os.Rename(s.path(name, recordExt), broken) == nil {
				// Its age counts from now.
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
		return fmt.Errorf("failed to save upload record: %w", err)
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

// writeTemp writes data to a new file and syncs it. On error it leaves no file.
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
		return fmt.Errorf("failed to delete upload record: %w", err)
	}
	return nil
}

// guarded runs fn, which must be short, while no other process or goroutine can replace, set aside
// or purge a record.
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

// syncDir syncs the file names in dir. Windows cannot do that and does not need it.
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
