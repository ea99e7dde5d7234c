package filestore

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"time"

	"github.com/gofrs/flock"

	"github.com/wamediax/whatsmeow-ext/wamediax/internal/wait"
)

// Lock implements [resume.Store]. Waiters poll every 5 ms at first, backing off to half a second.
func (s *Store) Lock(ctx context.Context, key string) (unlock func(), err error) {
	var lock *flock.Flock
	err = wait.Until(ctx, 5*time.Millisecond, 500*time.Millisecond, func() (held bool, err error) {
		lock, err = s.tryLock(fileName(key))
		return lock != nil, err
	})
	if err != nil {
		return nil, fmt.Errorf("failed to lock upload: %w", err)
	}
	return sync.OnceFunc(func() { unlockFile(lock) }), nil
}

// tryLock returns nil if another holder has the lock, or has just removed the lock file.
//
// Unlocking removes the lock file. Two rules make this safe. After locking a file, tryLock checks
// that the file still has its name; if not, the caller tries again. Only a holder whose file passed
// this check removes it. So the file keeps its name as long as the lock is held, and newcomers open
// that file and wait. A process that opened the file before its removal fails the check.
func (s *Store) tryLock(name string) (*flock.Flock, error) {
	lock, err := newLock(s.path(name, lockExt))
	if err != nil {
		return nil, err
	}
	if held, err := lock.TryLock(); err != nil || !held {
		return nil, err
	}
	mine, err := lock.Stat()
	if err == nil {
		var named fs.FileInfo
		if named, err = os.Lstat(lock.Path()); err == nil && os.SameFile(mine, named) {
			return lock, nil
		}
	}
	closeErr := lock.Close()
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return nil, errors.Join(err, closeErr)
}

// newLock returns an error if path cannot be a lock file: opening a FIFO would block until someone
// writes, and a symlink's target never passes the check in tryLock.
func newLock(path string) (*flock.Flock, error) {
	if err := checkRegular(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return flock.New(path), nil // created with mode 0600
}

// unlockFile releases a lock from tryLock. If it cannot remove the file, no harm is done: the next
// holder reuses it.
func unlockFile(lock *flock.Flock) {
	_ = os.Remove(lock.Path())
	_ = lock.Close()
}
