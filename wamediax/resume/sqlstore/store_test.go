package sqlstore

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"
	"go.mau.fi/util/dbutil"
	whatsmeowstore "go.mau.fi/whatsmeow/store/sqlstore"
	"go.mau.fi/whatsmeow/store/sqlstore/upgrades"

	"github.com/wamediax/whatsmeow-ext/wamediax/resume"
	"github.com/wamediax/whatsmeow-ext/wamediax/resume/internal/records"
	"github.com/wamediax/whatsmeow-ext/wamediax/resume/internal/storekit"
)

func newSQLStore(t *testing.T, at storekit.Database, opts ...Option) *Store {
	t.Helper()
	store, err := New(t.Context(), at.Open(t), opts...)
	require.NoError(t, err)
	return store
}

func count(t *testing.T, s *Store, table string) (rows int) {
	t.Helper()
	require.NoError(t, s.db.QueryRow(t.Context(), "SELECT COUNT(*) FROM "+table).Scan(&rows))
	return rows
}

func TestSQLStoreSharesTheDatabaseOfWhatsmeow(t *testing.T) {
	storekit.OverEveryDatabase(t, func(t *testing.T, at storekit.Database) {
		db := at.Open(t)
		store, err := New(t.Context(), db)
		require.NoError(t, err)
		container := whatsmeowstore.NewWithWrappedDB(db.Child("whatsmeow_version", upgrades.Table, nil), nil)
		require.NoError(t, container.Upgrade(t.Context()))
		_, err = container.GetAllDevices(t.Context())
		require.NoError(t, err)
		require.NoError(t, store.Save(t.Context(), "key", records.Uniform(1)))

		again, err := New(t.Context(), db)
		require.NoError(t, err)
		require.NoError(t, container.Upgrade(t.Context()))
		_, err = again.Load(t.Context(), "key")
		require.NoError(t, err)
	})
}

func TestManyProcessesCanOpenANewDatabaseAtOnce(t *testing.T) {
	storekit.OverEveryDatabase(t, func(t *testing.T, at storekit.Database) {
		var all sync.WaitGroup
		errs := make([]error, 4)
		for n := range errs {
			db := at.Open(t)
			all.Go(func() { _, errs[n] = New(t.Context(), db) })
		}
		all.Wait()
		require.NoError(t, errors.Join(errs...))
	})
}

func TestSQLStoreRejectsADatabaseOfALaterVersion(t *testing.T) {
	storekit.OverEveryDatabase(t, func(t *testing.T, at storekit.Database) {
		db := at.Open(t)
		store, err := New(t.Context(), db)
		require.NoError(t, err)
		_, err = store.db.Exec(t.Context(), "UPDATE wamediax_version SET version = 99, compat = 99")
		require.NoError(t, err)
		_, err = New(t.Context(), db)
		require.ErrorIs(t, err, dbutil.ErrUnsupportedDatabaseVersion)
	})
}

func TestSQLStoreNeedsADatabase(t *testing.T) {
	_, err := New(t.Context(), nil)
	require.ErrorContains(t, err, "database is nil")
}

func TestSQLStoreRejectsAShortLease(t *testing.T) {
	storekit.OverEveryDatabase(t, func(t *testing.T, at storekit.Database) {
		_, err := New(t.Context(), at.Open(t), WithLease(time.Millisecond))
		require.ErrorContains(t, err, "too short")
	})
}

func TestDamagedRowCountsAsNotFound(t *testing.T) {
	storekit.OverEveryDatabase(t, func(t *testing.T, at storekit.Database) {
		store := newSQLStore(t, at)
		require.NoError(t, store.Save(t.Context(), "key", records.Uniform(1)))
		_, err := store.db.Exec(t.Context(), "UPDATE wamediax_upload SET record = $1", []byte("damaged"))
		require.NoError(t, err)
		_, err = store.Load(t.Context(), "key")
		require.ErrorIs(t, err, resume.ErrNotFound)
		require.NoError(t, store.Save(t.Context(), "key", records.Uniform(2)))
		_, err = store.Load(t.Context(), "key")
		require.NoError(t, err)
	})
}

func TestQueryLogContainsNoSecret(t *testing.T) {
	storekit.OverEveryDatabase(t, func(t *testing.T, at storekit.Database) {
		var log bytes.Buffer
		db := at.Open(t)
		db.Log = dbutil.ZeroLogger(zerolog.New(&log).Level(zerolog.TraceLevel), dbutil.ZeroLogSettings{TraceLogAllQueries: true})
		store, err := New(t.Context(), db)
		require.NoError(t, err)
		rec := records.Full()
		stored, err := rec.MarshalBinary()
		require.NoError(t, err)
		require.NoError(t, store.Save(t.Context(), "key", rec))
		_, err = store.Load(t.Context(), "key")
		require.NoError(t, err)
		require.Contains(t, log.String(), "INSERT INTO wamediax_upload")
		require.Contains(t, log.String(), `"[hidden]"`)
		for _, secret := range [][]byte{rec.MediaKey.Bytes(), stored[:30]} {
			require.NotContains(t, log.String(), base64.StdEncoding.EncodeToString(secret))
			require.NotContains(t, log.String(), hex.EncodeToString(secret))
			require.NotContains(t, log.String(), string(secret))
		}
	})
}

func TestLeaseTakenByAnotherIsReportedAndKept(t *testing.T) {
	storekit.OverEveryDatabase(t, func(t *testing.T, at storekit.Database) {
		type loss struct {
			key string
			err error
		}
		lost := make(chan loss, 1)
		store := newSQLStore(t, at, WithLease(300*time.Millisecond), WithLeaseLost(func(key string, err error) { lost <- loss{key, err} }))
		unlock := storekit.LockSoon(t, store, "key")
		_, err := store.db.Exec(t.Context(), "UPDATE wamediax_lease SET holder = 'another', expires = expires + 60000, term = 60000")
		require.NoError(t, err)
		require.Equal(t, loss{"key", errLeaseTaken}, <-lost)
		unlock()
		require.Equal(t, 1, count(t, store, "wamediax_lease"), "unlock must not free another holder's lease")
		storekit.RequireLocked(t, store, "key", 100*time.Millisecond)
	})
}

func TestFailureToRenewALeaseIsReported(t *testing.T) {
	storekit.OverEveryDatabase(t, func(t *testing.T, at storekit.Database) {
		db := at.Open(t)
		lost := make(chan error, 1)
		store, err := New(t.Context(), db, WithLease(300*time.Millisecond),
			WithLeaseLost(func(_ string, err error) { lost <- err }))
		require.NoError(t, err)
		unlock := storekit.LockSoon(t, store, "key")
		_, err = db.Exec(t.Context(), "ALTER TABLE wamediax_lease RENAME TO away")
		require.NoError(t, err)
		require.ErrorContains(t, <-lost, "failed to renew lease")
		unlock() // nothing to free, which is fine
	})
}

func TestUnlockStopsTheRenewalAndFreesTheLease(t *testing.T) {
	storekit.OverEveryDatabase(t, func(t *testing.T, at storekit.Database) {
		store := newSQLStore(t, at, WithLease(30*time.Millisecond), WithLeaseLost(func(string, error) {}))
		for range 20 {
			storekit.LockSoon(t, store, "key")()
			require.Zero(t, count(t, store, "wamediax_lease"))
		}
	})
}

func TestPurgeRemovesOnlyExpiredLeases(t *testing.T) {
	storekit.OverEveryDatabase(t, func(t *testing.T, at storekit.Database) {
		store := newSQLStore(t, at)
		defer storekit.LockSoon(t, store, "held")()
		dead := &lease{store: store, row: rowKey("dead"), holder: "dead"}
		taken, err := dead.take(t.Context())
		require.NoError(t, err)
		require.True(t, taken)
		_, err = store.db.Exec(t.Context(), "UPDATE wamediax_lease SET expires = 1 WHERE holder = 'dead'")
		require.NoError(t, err)
		_, err = store.Purge(t.Context(), 0)
		require.NoError(t, err)
		require.Equal(t, 1, count(t, store, "wamediax_lease"))
		storekit.RequireLocked(t, store, "held", 50*time.Millisecond)
	})
}

func TestLeaseUsesTheDatabaseClock(t *testing.T) {
	storekit.OverEveryDatabase(t, func(t *testing.T, at storekit.Database) {
		store := newSQLStore(t, at)
		defer storekit.LockSoon(t, store, "key")()
		var left int64
		require.NoError(t, store.db.QueryRow(t.Context(), store.query("SELECT expires - NOW_MS FROM wamediax_lease")).Scan(&left))
		require.InDelta(t, 30_000, left, 10_000)
		var now int64
		require.NoError(t, store.db.QueryRow(t.Context(), store.query("SELECT NOW_MS")).Scan(&now))
		require.InDelta(t, time.Now().UnixMilli(), now, 10_000)
	})
}

func TestLockFailsInATransaction(t *testing.T) {
	storekit.OverEveryDatabase(t, func(t *testing.T, at storekit.Database) {
		db := at.Open(t)
		store, err := New(t.Context(), db)
		require.NoError(t, err)
		require.NoError(t, db.DoTxn(t.Context(), nil, func(ctx context.Context) error {
			_, err := store.Lock(ctx, "key")
			require.ErrorContains(t, err, "transaction")
			return store.Save(ctx, "key", records.Uniform(1)) // Save may be part of one
		}))
		_, err = store.Load(t.Context(), "key")
		require.NoError(t, err)
	})
}
