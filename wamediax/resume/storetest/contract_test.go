package storetest_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wamediax/whatsmeow-ext/wamediax/resume"
	"github.com/wamediax/whatsmeow-ext/wamediax/resume/internal/records"
)

func TestStoreGivesBackWhatWasSaved(t *testing.T) {
	overEveryStore(t, func(t *testing.T, at place) {
		full, bare, big := records.Full(), &resume.Record{}, records.Full()
		big.Sealed = bytes.Repeat([]byte("0123456789abcdef"), 1<<16)
		bare.FileSHA256 = []byte{} // not nil
		for name, rec := range map[string]*resume.Record{"full": full, "bare": bare, "with a big Sealed": big} {
			t.Run(name, func(t *testing.T) {
				before := *rec
				began := time.UnixMilli(time.Now().UnixMilli())
				require.NoError(t, at.open(t).Save(t.Context(), name, rec))
				require.Equal(t, before, *rec, "Save changed the caller's record")

				got, err := at.open(t).Load(t.Context(), name)
				require.NoError(t, err)
				require.WithinRange(t, got.Updated, began, time.Now())
				if rec.Created.IsZero() {
					require.Equal(t, got.Updated, got.Created)
				}
				want := *rec
				want.Updated, want.Created = got.Updated, got.Created
				if !rec.Created.IsZero() {
					want.Created = rec.Created
				}
				require.Equal(t, want, *got)
			})
		}
	})
}

func TestStoreSavesOverWhatWasThere(t *testing.T) {
	overEveryStore(t, func(t *testing.T, at place) {
		store := at.open(t)
		first, second := records.Full(), records.Full()
		first.Response = nil
		second.Sealed, second.Expires = nil, time.Time{}
		require.NoError(t, store.Save(t.Context(), "key", first))
		require.NoError(t, store.Save(t.Context(), "key", second))
		got, err := store.Load(t.Context(), "key")
		require.NoError(t, err)
		require.Nil(t, got.Sealed)
		require.True(t, got.Expires.IsZero())
		require.Equal(t, second.Response, got.Response)
	})
}

func TestStoreSaysNotFoundOfWhatIsNotThere(t *testing.T) {
	overEveryStore(t, func(t *testing.T, at place) {
		store := at.open(t)
		_, err := store.Load(t.Context(), "key")
		require.ErrorIs(t, err, resume.ErrNotFound)
		require.NoError(t, store.Delete(t.Context(), "key"), "deleting nothing")

		require.NoError(t, store.Save(t.Context(), "key", records.Full()))
		require.NoError(t, store.Save(t.Context(), "other", records.Full()))
		require.NoError(t, store.Delete(t.Context(), "key"))
		_, err = store.Load(t.Context(), "key")
		require.ErrorIs(t, err, resume.ErrNotFound)
		_, err = store.Load(t.Context(), "other")
		require.NoError(t, err)
	})
}

func TestStoreDoesNotGiveOutExpiredRecords(t *testing.T) {
	overEveryStore(t, func(t *testing.T, at place) {
		store := at.open(t)
		rec := records.Full()
		rec.Expires = time.Now().Add(-time.Millisecond)
		require.NoError(t, store.Save(t.Context(), "key", rec))
		_, err := store.Load(t.Context(), "key")
		require.ErrorIs(t, err, resume.ErrNotFound)
	})
}

func TestStoreTakesAnyKey(t *testing.T) {
	overEveryStore(t, func(t *testing.T, at place) {
		store := at.open(t)
		keys := []string{
			"", " ", ".", "..", "../x", "../../etc/passwd", "/etc/passwd", "C:\\x", "a/b", "a", "A", "\x00", "a\x00b", "a\x00",
			"guard.lock", "naïve ☃ \U0001f4a9", "\xff\xfe", "'; DROP TABLE wamediax_upload; --", "%s", "*", "-rf", "line\nfeed",
			strings.Repeat("k", 10<<10), strings.Repeat("k", 10<<10) + "l",
		}
		for _, key := range keys {
			unlock, err := store.Lock(t.Context(), key)
			require.NoErrorf(t, err, "%.20q", key)
			rec := records.Full()
			rec.Source = []byte(key)
			require.NoErrorf(t, store.Save(t.Context(), key, rec), "%.20q", key)
			unlock()
		}
		for _, key := range keys {
			rec, err := store.Load(t.Context(), key)
			require.NoErrorf(t, err, "%.20q", key)
			require.Equal(t, key, string(rec.Source))
			require.NoErrorf(t, store.Delete(t.Context(), key), "%.20q", key)
		}
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

func TestStoreRefusesWhatItCouldNotGiveBack(t *testing.T) {
	overEveryStore(t, func(t *testing.T, at place) {
		store := at.open(t)
		require.NoError(t, store.Save(t.Context(), "key", records.Uniform(1)))
		tooBig, noText := records.Full(), records.Full()
		tooBig.Sealed = make([]byte, resume.MaxRecordSize)
		noText.Response.Handle = "\xff"
		require.ErrorContains(t, store.Save(t.Context(), "key", tooBig), "bytes")
		require.ErrorContains(t, store.Save(t.Context(), "key", noText), "UTF-8")
		rec, err := store.Load(t.Context(), "key")
		require.NoError(t, err)
		require.NoError(t, records.CheckUniform(rec))
	})
}

func TestStoreNeverShowsHalfASave(t *testing.T) {
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
					if want := records.Uniform(byte(rec.FileLength)); !bytes.Equal(want.Sealed, rec.Sealed) {
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
		require.Equal(t, 3, purged, "all but those in use")
		purged, err = store.Purge(t.Context(), 0)
		require.NoError(t, err)
		require.Zero(t, purged)
	})
}

func TestStoreDoesNothingOnceTheContextHasEnded(t *testing.T) {
	overEveryStore(t, func(t *testing.T, at place) {
		store := at.open(t)
		require.NoError(t, store.Save(t.Context(), "key", records.Uniform(1)))
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := store.Load(ended, "key")
		require.ErrorIs(t, err, context.Canceled)
		require.ErrorIs(t, store.Save(ended, "key", records.Uniform(2)), context.Canceled)
		require.ErrorIs(t, store.Delete(ended, "key"), context.Canceled)
		unlock, err := store.Lock(ended, "key")
		require.ErrorIs(t, err, context.Canceled)
		require.Nil(t, unlock)
		_, err = store.Purge(ended, 0)
		require.ErrorIs(t, err, context.Canceled)

		rec, err := store.Load(t.Context(), "key")
		require.NoError(t, err)
		require.EqualValues(t, 1, rec.FileLength)
		unlock, err = store.Lock(t.Context(), "key")
		require.NoError(t, err)
		unlock()
	})
}
