// Package everystore runs tests over a resume store of each kind that the
// project has.
package everystore

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mau.fi/util/dbutil"
	_ "modernc.org/sqlite" // the driver "sqlite"

	"github.com/wamediax/whatsmeow-ext/wamediax/resume"
	"github.com/wamediax/whatsmeow-ext/wamediax/resume/filestore"
	"github.com/wamediax/whatsmeow-ext/wamediax/resume/sqlstore"
)

// Run runs test as a subtest for each kind of store, each time with an empty one.
func Run(t *testing.T, test func(t *testing.T, store resume.Store)) {
	t.Helper()
	t.Run("files", func(t *testing.T) { test(t, Files(t)) })
	t.Run("SQLite", func(t *testing.T) { test(t, database(t)) })
}

// Files returns an empty store of files.
func Files(t *testing.T) resume.Store {
	t.Helper()
	store, err := filestore.New(t.TempDir())
	require.NoError(t, err)
	return store
}

func database(t *testing.T) resume.Store {
	t.Helper()
	db, err := dbutil.NewWithDialect("file:"+filepath.Join(t.TempDir(), "uploads.db")+"?_pragma=busy_timeout(10000)&_txlock=immediate", "sqlite")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	store, err := sqlstore.New(t.Context(), db)
	require.NoError(t, err)
	return store
}
