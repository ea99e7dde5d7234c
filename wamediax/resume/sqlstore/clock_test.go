package sqlstore

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wamediax/whatsmeow-ext/wamediax/resume"
	"github.com/wamediax/whatsmeow-ext/wamediax/resume/internal/storekit"
)

func TestLeaseOfADeadHolderIsFreeAfterTheClockJumpsBack(t *testing.T) {
	storekit.OverEveryDatabase(t, func(t *testing.T, at storekit.Database) {
		store := newSQLStore(t, at)
		dead := &lease{store: store, row: rowKey("key"), holder: "dead"}
		held, err := dead.take(t.Context())
		require.NoError(t, err)
		require.True(t, held)
		storekit.RequireLocked(t, store, "key", 50*time.Millisecond)

		// As if the clock had been a day ahead when the lease was taken.
		_, err = store.db.Exec(t.Context(), "UPDATE wamediax_lease SET expires = expires + 86400000")
		require.NoError(t, err)
		require.NoError(t, store.Save(t.Context(), "key", &resume.Record{}))
		purged, err := store.Purge(t.Context(), 0)
		require.NoError(t, err)
		require.Equal(t, 1, purged)
		require.Zero(t, count(t, store, "wamediax_lease"))
		storekit.LockSoon(t, store, "key")()
	})
}

func TestLeaseOfALiveHolderIsRenewedAfterTheClockJumps(t *testing.T) {
	for name, jump := range map[string]string{"ahead": "expires - 86400000", "back": "expires + 86400000"} {
		t.Run(name, func(t *testing.T) {
			storekit.OverEveryDatabase(t, func(t *testing.T, at storekit.Database) {
				store := newSQLStore(t, at)
				living := &lease{store: store, row: rowKey("key"), holder: "living"}
				held, err := living.take(t.Context())
				require.NoError(t, err)
				require.True(t, held)
				_, err = store.db.Exec(t.Context(), "UPDATE wamediax_lease SET expires = "+jump)
				require.NoError(t, err)
				held, err = living.renew(t.Context())
				require.NoError(t, err)
				require.True(t, held)
				storekit.RequireLocked(t, store, "key", 50*time.Millisecond)
				var left int64
				require.NoError(t, store.db.QueryRow(t.Context(), store.query("SELECT expires - NOW_MS FROM wamediax_lease")).Scan(&left))
				require.InDelta(t, 30_000, left, 10_000)
			})
		})
	}
}

func TestRecordWithATimeInTheFutureIsPurged(t *testing.T) {
	storekit.OverEveryDatabase(t, func(t *testing.T, at storekit.Database) {
		store := newSQLStore(t, at)
		require.NoError(t, store.put(t.Context(), "a year ahead", &resume.Record{Updated: time.Now().AddDate(1, 0, 0)}))
		require.NoError(t, store.put(t.Context(), "an hour ahead", &resume.Record{Updated: time.Now().Add(time.Hour)}))
		purged, err := store.Purge(t.Context(), 30*24*time.Hour)
		require.NoError(t, err)
		require.Equal(t, 1, purged)
		_, err = store.Load(t.Context(), "an hour ahead")
		require.NoError(t, err)
		purged, err = store.Purge(t.Context(), 0)
		require.NoError(t, err)
		require.Equal(t, 1, purged, "Purge(0) removes every record")
	})
}
