package resume

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// requireLocked shows that nobody gets the lock within d.
func requireLocked(t *testing.T, store Store, key string, d time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	_, err := store.Lock(ctx, key)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.NotContains(t, err.Error(), key)
}

// lockSoon takes a lock that is free or about to be.
func lockSoon(t *testing.T, store Store, key string) (unlock func()) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	unlock, err := store.Lock(ctx, key)
	require.NoError(t, err)
	return unlock
}

func TestLockIsHeldByOneAtATime(t *testing.T) {
	overEveryStore(t, func(t *testing.T, at place) {
		one, two := at.open(t), at.open(t)
		unlock := lockSoon(t, one, "the key")
		requireLocked(t, one, "the key", 100*time.Millisecond)
		requireLocked(t, two, "the key", 100*time.Millisecond)
		lockSoon(t, two, "another key")()

		unlock()
		unlockTwo := lockSoon(t, two, "the key")
		unlock() // once more: it must not free the lock of the other
		requireLocked(t, one, "the key", 100*time.Millisecond)
		unlockTwo()
		lockSoon(t, one, "the key")()
	})
}

func TestLockExcludesUnderContention(t *testing.T) {
	overEveryStore(t, func(t *testing.T, at place) {
		stores := []Store{at.open(t), at.open(t)}
		var holders, turns atomic.Int32
		var all sync.WaitGroup
		for n := range 6 {
			all.Go(func() {
				for range 5 {
					unlock, err := stores[n%2].Lock(t.Context(), "key")
					if err != nil {
						t.Error(err)
						return
					}
					if holders.Add(1) != 1 {
						t.Error("two hold the lock")
					}
					turns.Add(1)
					holders.Add(-1)
					unlock()
				}
			})
		}
		all.Wait()
		require.EqualValues(t, 30, turns.Load())
	})
}

func TestLockStaysBeyondTheContextItWasTakenWith(t *testing.T) {
	overEveryStore(t, func(t *testing.T, at place) {
		one, two := at.open(t), at.open(t)
		ctx, cancel := context.WithCancel(t.Context())
		unlock, err := one.Lock(ctx, "key")
		require.NoError(t, err)
		cancel()
		if at.kind == "files" {
			requireLocked(t, two, "key", 100*time.Millisecond)
		} else { // longer than a lease: it is renewed
			requireLocked(t, two, "key", testLease*3/2)
		}
		unlock()
		lockSoon(t, two, "key")()
	})
}

func TestWaitingForALockEndsWithTheContext(t *testing.T) {
	overEveryStore(t, func(t *testing.T, at place) {
		store := at.open(t)
		defer lockSoon(t, store, "key")()
		ctx, cancel := context.WithCancel(t.Context())
		waited := make(chan error)
		go func() {
			_, err := store.Lock(ctx, "key")
			waited <- err
		}()
		cancel()
		require.ErrorIs(t, <-waited, context.Canceled)
	})
}

func TestLockOfAKilledProcessIsTakenOver(t *testing.T) {
	overEveryStore(t, func(t *testing.T, at place) {
		store := at.open(t)
		holder := at.start(t, childLocks)
		holder.waitFor(t, "locked")
		requireLocked(t, store, "key", 100*time.Millisecond)

		taken := make(chan func(), 1)
		go func() {
			unlock, err := store.Lock(t.Context(), "key")
			if err != nil {
				t.Error(err)
			}
			taken <- unlock
		}()
		holder.kill()
		began := time.Now()
		select {
		case unlock := <-taken:
			require.Less(t, time.Since(began), testLease+10*time.Second)
			requireLocked(t, store, "key", 50*time.Millisecond)
			unlock()
		case <-time.After(time.Minute):
			require.Fail(t, "nobody took over")
		}
	})
}

func TestRecordOutlivesAProcessKilledWhileSaving(t *testing.T) {
	overEveryStore(t, func(t *testing.T, at place) {
		store := at.open(t)
		for range 4 {
			writer := at.start(t, childSaves)
			writer.waitFor(t, "saved")
			writer.waitFor(t, "saved")
			writer.kill()
			rec, err := store.Load(t.Context(), "key")
			require.NoError(t, err)
			requireUniform(t, rec)
		}
		require.NoError(t, store.Save(t.Context(), "key", uniform(9)))
	})
}
