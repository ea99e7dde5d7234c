package sqlstore

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
	"time"

	"go.mau.fi/util/dbutil"

	"github.com/wamediax/whatsmeow-ext/wamediax/internal/wait"
)

const (
	// unlockTimeout limits how long unlock waits until the lease is deleted.
	unlockTimeout = 500 * time.Millisecond
	// deleteTimeout limits how long the database may take to delete it, even after unlock has
	// returned.
	deleteTimeout = 10 * time.Second
)

var errLeaseTaken = errors.New("lease expired and was taken by another holder, or purged")

// Lock implements [resume.Store]. Waiters poll every 50 ms at first, backing off to a second. In a
// database transaction Lock returns an error, because nobody else would see the lock. If ctx ends
// while the database is taking the lock, the lock may stay taken until the database has responded,
// or until the lease has expired. unlock returns within about half a second. If the database needs
// longer, the lock is free once the lease is deleted or has expired.
func (s *Store) Lock(ctx context.Context, key string) (unlock func(), err error) {
	if _, within := s.db.Execable(ctx).(dbutil.Transaction); within {
		return nil, errors.New("failed to lock upload: called in a database transaction")
	}
	l := &lease{store: s, key: key, row: rowKey(key), holder: rand.Text()}
	err = wait.Until(ctx, 50*time.Millisecond, time.Second, func() (bool, error) { return l.take(ctx) })
	if err != nil {
		return nil, fmt.Errorf("failed to lock upload: %w", err)
	}
	keeping, stop := context.WithCancel(context.WithoutCancel(ctx))
	var kept sync.WaitGroup
	kept.Go(func() { l.keep(keeping) })
	return sync.OnceFunc(func() {
		stop()
		kept.Wait()
		l.free()
	}), nil
}

// lease is a lock that is held or being taken.
type lease struct {
	store   *Store
	key     string // the caller's key
	row     []byte
	holder  string    // random
	renewed time.Time // not later than the database's time of renewal
}

// take takes the lease if it is free or has expired.
func (l *lease) take(ctx context.Context) (bool, error) {
	return l.claim(ctx, l.takenLate, `
		INSERT INTO wamediax_lease (key, holder, expires, term) VALUES ($1, $2, NOW_MS + $3, $3)
		ON CONFLICT (key) DO UPDATE SET holder = excluded.holder, expires = excluded.expires, term = excluded.term
		WHERE LEASE_OVER
	`)
}

// takenLate frees a lease that was taken after its caller gave up.
func (l *lease) takenLate(rows int64) {
	if rows > 0 {
		_ = l.delete()
	}
}

// renew prolongs the lease if this holder still has it. It never creates one, because the database
// may run the statement after unlock.
func (l *lease) renew(ctx context.Context) (bool, error) {
	return l.claim(ctx, nil, "UPDATE wamediax_lease SET expires = NOW_MS + $3, term = $3 WHERE key = $1 AND holder = $2")
}

// claim runs a statement that affects one row if the lease now belongs to this holder, and none if
// it belongs to another.
func (l *lease) claim(ctx context.Context, late func(rows int64), statement string) (bool, error) {
	asked := time.Now()
	rows, err := l.store.exec(ctx, late, statement, l.row, l.holder, l.store.lease.Milliseconds())
	if err != nil || rows == 0 {
		return false, err
	}
	l.renewed = asked
	return true, nil
}

// keep renews the lease every third of its duration, until ctx ends or the lease is lost.
func (l *lease) keep(ctx context.Context) {
	third := l.store.lease / 3
	ticker := time.NewTicker(third)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
		renewing, cancel := context.WithTimeout(ctx, third)
		held, err := l.renew(renewing)
		cancel()
		switch {
		case ctx.Err() != nil:
			return
		case err == nil && !held:
			l.store.leaseLost(l.key, errLeaseTaken)
			return
		case err != nil && time.Since(l.renewed) >= l.store.lease:
			l.store.leaseLost(l.key, fmt.Errorf("failed to renew lease: %w", err))
			return
		}
	}
}

// free deletes the lease. It returns promptly even if the database does not.
func (l *lease) free() {
	ctx, cancel := context.WithTimeout(context.Background(), unlockTimeout)
	defer cancel()
	_ = wait.Do(ctx, func(context.Context) error { return l.delete() })
}

// delete deletes the lease if this holder still has it. If that fails, the lease expires.
func (l *lease) delete() error {
	ctx, cancel := context.WithTimeout(context.Background(), deleteTimeout)
	defer cancel()
	_, err := l.store.db.Exec(ctx, "DELETE FROM wamediax_lease WHERE key = $1 AND holder = $2", l.row, l.holder)
	return err
}
