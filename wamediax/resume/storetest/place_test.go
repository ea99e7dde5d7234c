package storetest_test

import (
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/wamediax/whatsmeow-ext/wamediax/resume"
	"github.com/wamediax/whatsmeow-ext/wamediax/resume/filestore"
	"github.com/wamediax/whatsmeow-ext/wamediax/resume/internal/storekit"
	"github.com/wamediax/whatsmeow-ext/wamediax/resume/sqlstore"
)

// testLease is short enough for tests to wait for, and long enough for a busy machine to renew in
// time.
const testLease = 2 * time.Second

// place is where several stores, also in other processes, share the same records.
type place struct{ kind, where string }

// overEveryStore runs a contract test over every kind of store, each in a new place.
func overEveryStore(t *testing.T, test func(t *testing.T, at place)) {
	t.Run("files", func(t *testing.T) {
		t.Parallel()
		test(t, place{"files", filepath.Join(t.TempDir(), "uploads")})
	})
	storekit.OverEveryDatabase(t, func(t *testing.T, db storekit.Database) { test(t, place{db.Kind, db.Where}) })
}

func (at place) open(t *testing.T) resume.Store {
	t.Helper()
	if at.kind == "files" {
		store, err := filestore.New(at.where)
		require.NoError(t, err)
		return store
	}
	store, err := sqlstore.New(t.Context(), storekit.Database{Kind: at.kind, Where: at.where}.Open(t), sqlstore.WithLease(testLease))
	require.NoError(t, err)
	return store
}

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestChildProcess(t *testing.T) {
	storekit.BeChild(t, func(t *testing.T, kind, where string) resume.Store { return place{kind, where}.open(t) })
}

// put saves a record unchanged, whereas Save sets its times.
func (at place) put(t *testing.T, key string, rec *resume.Record) {
	t.Helper()
	data, err := rec.MarshalBinary()
	require.NoError(t, err)
	sum := sha256.Sum256([]byte(key))
	if at.kind == "files" {
		require.NoError(t, os.WriteFile(filepath.Join(at.where, hex.EncodeToString(sum[:])+".upload"), data, 0o600))
		return
	}
	expires := sql.NullInt64{Int64: rec.Expires.UnixMilli(), Valid: !rec.Expires.IsZero()}
	_, err = storekit.Database{Kind: at.kind, Where: at.where}.Open(t).Exec(t.Context(),
		"INSERT INTO wamediax_upload (key, record, updated, expires) VALUES ($1, $2, $3, $4)",
		sum[:], data, rec.Updated.UnixMilli(), expires)
	require.NoError(t, err)
}

// empty removes all records from a database.
func (at place) empty(t *testing.T) error {
	_, err := storekit.Database{Kind: at.kind, Where: at.where}.Open(t).Exec(t.Context(), "DELETE FROM wamediax_upload")
	return err
}
