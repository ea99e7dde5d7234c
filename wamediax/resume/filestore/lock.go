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

// Lock implements [resume.Store]. Who waits looks again after 5 ms, and less often as time goes by: every half second at last.
func (s *Store) Lock(ctx context.Context, key string) (unlock func(), err error) {
	var lock *flock.Flock
	err = wait.Until(ctx, 5*time.Millisecond, 500*time.Millisecond, func() (held bool, err error) {
		lock, err = s.tryLock(fileName(key))
		return lock != nil, err
	})
	if err != nil {
		return nil, fmt.Errorf("failed to lock the upload: %w", err)
	}
	return sync.OnceFunc(func() { unlockFile(lock) }), nil
}

// tryLock returns nil if somebody else holds the lock.
//
// Lock files are removed when they are unlocked, which is safe because of two rules. Whoever gets the lock of a file
// checks that the file is still the one under its name, and else begins again. And only who holds the lock of a file
// that passed this check removes it. So while somebody holds the lock under a name, nobody takes that name away from the
// file: everyone who comes then opens that very file, and waits. Who had opened it before and gets its lock after it was
// removed finds that it is not the one under its name.
func (s *Store) tryLock(name string) (*flock.Flock, error) {
	for {
		lock := flock.New(s.path(name, lockExt)) // mode 0600
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
		if closeErr := lock.Close(); closeErr != nil || err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, errors.Join(err, closeErr)
		}
	}
}

// unlockFile frees a lock that tryLock gave. A file that cannot be removed does no harm: it is locked again next time.
func unlockFile(lock *flock.Flock) {
	_ = os.Remove(lock.Path())
	_ = lock.Close()
}
