package storetest_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wamediax/whatsmeow-ext/wamediax/resume/internal/records"
	"github.com/wamediax/whatsmeow-ext/wamediax/resume/internal/storekit"
)

func TestLockOutlivesItsContext(t *testing.T) {
	overEveryStore(t, func(t *testing.T, at place) {
		one, two := at.open(t), at.open(t)
		ctx, cancel := context.WithCancel(t.Context())
		unlock, err := one.Lock(ctx, "key")
		require.NoError(t, err)
		cancel()
		if at.kind == "files" {
			storekit.RequireLocked(t, two, "key", 100*time.Millisecond)
		} else { // longer than a lease, so it has to be renewed
			storekit.RequireLocked(t, two, "key", testLease*3/2)
		}
		unlock()
		storekit.LockSoon(t, two, "key")()
	})
}

func TestCancellingTheContextStopsWaitingForALock(t *testing.T) {
	overEveryStore(t, func(t *testing.T, at place) {
		store := at.open(t)
		defer storekit.LockSoon(t, store, "key")()
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
		holder := storekit.StartChild(t, storekit.ChildLocks, at.kind, at.where)
		holder.WaitFor(t, "locked")
		storekit.RequireLocked(t, store, "key", 100*time.Millisecond)

		taken := make(chan func(), 1)
		go func() {
			unlock, err := store.Lock(t.Context(), "key")
			if err != nil {
				t.Error(err)
			}
			taken <- unlock
		}()
		holder.Kill()
		began := time.Now()
		select {
		case unlock := <-taken:
			require.Less(t, time.Since(began), testLease+10*time.Second)
			storekit.RequireLocked(t, store, "key", 50*time.Millisecond)
			unlock()
		case <-time.After(time.Minute):
			require.Fail(t, "the lock was not taken over")
		}
	})
}

func TestRecordOutlivesAProcessKilledWhileSaving(t *testing.T) {
	overEveryStore(t, func(t *testing.T, at place) {
		store := at.open(t)
		for range 4 {
			writer := storekit.StartChild(t, storekit.ChildSaves, at.kind, at.where)
			writer.WaitFor(t, "saved")
			writer.WaitFor(t, "saved")
			writer.Kill()
			rec, err := store.Load(t.Context(), "key")
			require.NoError(t, err)
			require.NoError(t, records.CheckUniform(rec))
		}
		require.NoError(t, store.Save(t.Context(), "key", records.Uniform(9)))
	})
}
