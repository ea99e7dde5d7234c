package sqlstore

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wamediax/whatsmeow-ext/wamediax/resume/internal/records"
	"github.com/wamediax/whatsmeow-ext/wamediax/resume/internal/storekit"
)

// prompt is much longer than a call takes, and much shorter than the busy_timeout of 10 s.
const prompt = 3 * time.Second

// blockWriters blocks all other writers, as a long SQLite transaction does.
func blockWriters(t *testing.T, at storekit.Database) (let func()) {
	t.Helper()
	conn, err := at.Open(t).RawDB.Conn(t.Context())
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	statements := []string{"BEGIN EXCLUSIVE"}
	if at.Kind == "postgres" {
		statements = []string{"BEGIN", "LOCK TABLE wamediax_upload, wamediax_lease, wamediax_version IN ACCESS EXCLUSIVE MODE"}
	}
	for _, statement := range statements {
		_, err = conn.ExecContext(t.Context(), statement)
		require.NoError(t, err)
	}
	return func() {
		_, err := conn.ExecContext(context.WithoutCancel(t.Context()), "ROLLBACK")
		require.NoError(t, err)
	}
}

func TestCancelledCallReturnsWhileTheDatabaseIsBusy(t *testing.T) {
	calls := map[string]func(ctx context.Context, store *Store) error{
		"Save":   func(ctx context.Context, store *Store) error { return store.Save(ctx, "key", records.Uniform(2)) },
		"Delete": func(ctx context.Context, store *Store) error { return store.Delete(ctx, "key") },
		"Lock":   func(ctx context.Context, store *Store) error { _, err := store.Lock(ctx, "key"); return err },
		"Purge":  func(ctx context.Context, store *Store) error { _, err := store.Purge(ctx, 0); return err },
	}
	storekit.OverEveryDatabase(t, func(t *testing.T, at storekit.Database) {
		store := newSQLStore(t, at)
		require.NoError(t, store.Save(t.Context(), "key", records.Uniform(1)))
		let := blockWriters(t, at)
		for name, call := range calls {
			ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			began := time.Now()
			require.ErrorIs(t, call(ctx, store), context.DeadlineExceeded, name)
			require.Less(t, time.Since(began), prompt, name)
			cancel()
		}
		let()
		// No abandoned call keeps the lock.
		storekit.LockSoon(t, store, "key")()
	})
}

func TestUnlockReturnsWhileTheDatabaseIsBusy(t *testing.T) {
	storekit.OverEveryDatabase(t, func(t *testing.T, at storekit.Database) {
		store := newSQLStore(t, at)
		unlock := storekit.LockSoon(t, store, "key")
		let := blockWriters(t, at)
		began := time.Now()
		unlock()
		require.Less(t, time.Since(began), prompt)
		let()
		began = time.Now()
		storekit.LockSoon(t, store, "key")()
		require.Less(t, time.Since(began), 20*time.Second, "the lease expired instead of being deleted")
	})
}

func TestLockTakenAfterItsCallerGaveUpIsFreed(t *testing.T) {
	storekit.OverEveryDatabase(t, func(t *testing.T, at storekit.Database) {
		store := newSQLStore(t, at)
		l := &lease{store: store, key: "key", row: rowKey("key"), holder: "gone"}
		held, err := l.take(t.Context())
		require.NoError(t, err)
		require.True(t, held)
		l.takenLate(1)
		require.Zero(t, count(t, store, "wamediax_lease"))
	})
}
