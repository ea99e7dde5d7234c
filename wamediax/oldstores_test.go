package wamediax_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mau.fi/util/dbutil"
	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/types"

	"github.com/wamediax/whatsmeow-ext/wamediax"
	"github.com/wamediax/whatsmeow-ext/wamediax/resume"
	"github.com/wamediax/whatsmeow-ext/wamediax/resume/filestore"
	"github.com/wamediax/whatsmeow-ext/wamediax/resume/sqlstore"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

// The stores in testdata/stores were written by the first version of the stores, for the account
// 15550001. Each holds two uploads that a client made of content(n): a video under the ID
// "unfinished", of which the service held 100,000 bytes, and an image under the ID "finished". They
// expire in the year 2226.
const (
	oldUnfinished = 200_000
	oldFinished   = 1000
)

// oldStore is a copy of a store that the first version wrote, with the media key of its finished
// upload.
type oldStore struct {
	open        func(t *testing.T) resume.Store
	finishedKey string
}

var oldStores = map[string]oldStore{
	"files": {func(t *testing.T) resume.Store {
		dir := t.TempDir()
		require.NoError(t, os.CopyFS(dir, os.DirFS("testdata/stores/files")))
		store, err := filestore.New(dir)
		require.NoError(t, err)
		return store
	}, "d4838ab36cc7d38da2e60c109b89be843c27dd3405ebabbe08b8f45e254153d4"},
	"SQLite": {func(t *testing.T) resume.Store {
		data, err := os.ReadFile("testdata/stores/uploads.sqlite")
		require.NoError(t, err)
		file := filepath.Join(t.TempDir(), "uploads.db")
		require.NoError(t, os.WriteFile(file, data, 0o600))
		db, err := dbutil.NewWithDialect("file:"+file+"?_pragma=foreign_keys(1)&_pragma=busy_timeout(10000)&_txlock=immediate", "sqlite")
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, db.Close()) })
		store, err := sqlstore.New(t.Context(), db)
		require.NoError(t, err)
		return store
	}, "e5cdfdedc158752be41f22ae29fb379944bfc352d2a9b8768b47ca7c95243d62"},
}

// watchedStore keeps the records that are loaded from a store.
type watchedStore struct {
	resume.Store
	loaded []*resume.Record
}

func (w *watchedStore) Load(ctx context.Context, key string) (*resume.Record, error) {
	rec, err := w.Store.Load(ctx, key)
	if err == nil {
		loaded := *rec
		w.loaded = append(w.loaded, &loaded)
	}
	return rec, err
}

// oldClient is logged in to the account whose uploads the old stores hold.
func (s *service) oldClient(t *testing.T, store resume.Store) *wamediax.Client {
	t.Helper()
	cli, err := s.NewClient(t.Context(), wamediaxtest.WithJID(types.NewJID("15550001", types.DefaultUserServer)))
	require.NoError(t, err)
	return wamediax.Wrap(cli, wamediax.WithHTTPClient(s.HTTPClient()), wamediax.WithResumeStore(store))
}

func TestUnfinishedUploadInAStoreOfTheFirstVersionGoesOn(t *testing.T) {
	for name, old := range oldStores {
		t.Run(name, func(t *testing.T) {
			s := newService(t)
			data := content(oldUnfinished)
			store := &watchedStore{Store: old.open(t)}
			client := s.oldClient(t, store)

			// Finds the record, and reaches no host.
			s.breakOff(t, client, 0, bytes.NewReader(data), wamediax.WithResumeID("unfinished"))
			require.Len(t, store.loaded, 1)
			rec := store.loaded[0]
			require.Nil(t, rec.Response)
			// Brings to the hosts what they held then: the beginning of the same object.
			s.inject("", uploads, 1, wamediaxtest.HangUp(100_000))
			s.inject("", uploads, -1, wamediaxtest.HangUp(0)) // uploads only: with a key, it probes first
			_, err := s.client.UploadMedia(t.Context(), bytes.NewReader(data), whatsmeow.MediaVideo,
				wamediax.WithMediaKey(rec.MediaKey.Bytes()), shortPauses, fewAttempts)
			require.Error(t, err)
			s.ClearFaults()
			require.Positive(t, s.Received())

			up, err := client.UploadMedia(t.Context(), bytes.NewReader(data), whatsmeow.MediaVideo, wamediax.WithResumeID("unfinished"))
			require.NoError(t, err)
			require.True(t, up.Resumed)
			require.Equal(t, rec.MediaKey.Bytes(), up.MediaKey)
			require.Equal(t, rec.FileEncSHA256, up.FileEncSHA256)
			require.Less(t, up.BytesSent, int64(oldUnfinished-50_000))
			got, err := s.receiver(t).Download(t.Context(), up.VideoMessage())
			require.NoError(t, err)
			require.True(t, bytes.Equal(data, got))
		})
	}
}

func TestFinishedUploadInAStoreOfTheFirstVersionKeepsItsKey(t *testing.T) {
	for name, old := range oldStores {
		t.Run(name, func(t *testing.T) {
			s := newService(t)
			up, err := s.oldClient(t, old.open(t)).UploadMedia(t.Context(), bytes.NewReader(content(oldFinished)),
				whatsmeow.MediaImage, wamediax.WithResumeID("finished"))
			require.NoError(t, err)
			require.Equal(t, old.finishedKey, hex.EncodeToString(up.MediaKey))
		})
	}
}

func TestStoreOfTheFirstVersionIsNotUsedForOtherMedia(t *testing.T) {
	for name, old := range oldStores {
		t.Run(name, func(t *testing.T) {
			s := newService(t)
			other := content(oldFinished + 1)
			up, err := s.oldClient(t, old.open(t)).UploadMedia(t.Context(), bytes.NewReader(other),
				whatsmeow.MediaImage, wamediax.WithResumeID("finished"))
			require.NoError(t, err)
			require.NotEqual(t, old.finishedKey, hex.EncodeToString(up.MediaKey))
			got, err := s.receiver(t).Download(t.Context(), up.ImageMessage())
			require.NoError(t, err)
			require.True(t, bytes.Equal(other, got))
		})
	}
}
