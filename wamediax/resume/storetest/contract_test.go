package storetest_test

import (
	"bytes"
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wamediax/whatsmeow-ext/wamediax/resume"
	"github.com/wamediax/whatsmeow-ext/wamediax/resume/internal/records"
)

func TestSaveReplacesTheRecord(t *testing.T) {
	overEveryStore(t, func(t *testing.T, at place) {
		store := at.open(t)
		first, second := records.Full(), records.Full()
		first.Response = nil
		second.Sealed, second.Expires = resume.Secret{}, time.Time{}
		require.NoError(t, store.Save(t.Context(), "key", first))
		require.NoError(t, store.Save(t.Context(), "key", second))
		got, err := store.Load(t.Context(), "key")
		require.NoError(t, err)
		require.Zero(t, got.Sealed)
		require.True(t, got.Expires.IsZero())
		require.Equal(t, second.Response, got.Response)
	})
}

func TestStoreHoldsManyRecords(t *testing.T) {
	overEveryStore(t, func(t *testing.T, at place) {
		store := at.open(t)
		const many = 200
		for n := range many {
			rec := records.Full()
			rec.FileLength = int64(n)
			require.NoError(t, store.Save(t.Context(), fmt.Sprint(n), rec))
		}
		for n := range many {
			rec, err := store.Load(t.Context(), fmt.Sprint(n))
			require.NoError(t, err)
			require.EqualValues(t, n, rec.FileLength)
		}
		purged, err := store.Purge(t.Context(), 0)
		require.NoError(t, err)
		require.Equal(t, many, purged)
	})
}

func TestLoadNeverReturnsAPartialSave(t *testing.T) {
	overEveryStore(t, func(t *testing.T, at place) {
		one, two := at.open(t), at.open(t)
		require.NoError(t, one.Save(t.Context(), "key", records.Uniform(1)))
		var writers, readers sync.WaitGroup
		written, done := context.WithCancel(t.Context())
		defer done()
		for n := range 4 {
			writers.Go(func() {
				store := []resume.Store{one, two}[n%2]
				for i := range 10 {
					if err := store.Save(t.Context(), "key", records.Uniform(byte(1+10*n+i))); err != nil {
						t.Error(err)
					}
				}
			})
			readers.Go(func() {
				for written.Err() == nil {
					rec, err := one.Load(t.Context(), "key")
					if err != nil {
						t.Error(err)
						return
					}
					if want := records.Uniform(byte(rec.FileLength)); !bytes.Equal(want.Sealed.Bytes(), rec.Sealed.Bytes()) {
						t.Error("a mixture of two records")
					}
				}
			})
		}
		writers.Wait()
		done()
		readers.Wait()
	})
}

func TestStorePurgesByAgeAndExpiry(t *testing.T) {
	overEveryStore(t, func(t *testing.T, at place) {
		store := at.open(t)
		now := time.Now()
		for key, rec := range map[string]*resume.Record{
			"fresh":           {Updated: now},
			"old":             {Updated: now.Add(-48 * time.Hour)},
			"old, in use":     {Updated: now.Add(-48 * time.Hour)},
			"not old yet":     {Updated: now.Add(-23 * time.Hour)},
			"expired":         {Updated: now, Expires: now.Add(-time.Minute)},
			"expired, in use": {Updated: now, Expires: now.Add(-time.Minute)},
			"expires later":   {Updated: now, Expires: now.Add(time.Hour)},
		} {
			at.put(t, key, rec)
		}
		inUse := []string{"old, in use", "expired, in use"}
		for _, key := range inUse {
			unlock, err := store.Lock(t.Context(), key)
			require.NoError(t, err)
			defer unlock()
		}
		purged, err := at.open(t).Purge(t.Context(), 24*time.Hour)
		require.NoError(t, err)
		require.Equal(t, 2, purged)
		for _, key := range []string{"fresh", "not old yet", "expires later", "old, in use"} {
			_, err = store.Load(t.Context(), key)
			require.NoError(t, err, key)
		}
		for _, key := range []string{"old", "expired"} {
			_, err = store.Load(t.Context(), key)
			require.ErrorIs(t, err, resume.ErrNotFound, key)
		}
		purged, err = store.Purge(t.Context(), -time.Hour)
		require.NoError(t, err)
		require.Equal(t, 3, purged, "all except those in use")
		purged, err = store.Purge(t.Context(), 0)
		require.NoError(t, err)
		require.Zero(t, purged)
	})
}
