package storekit

import (
	"crypto/rand"
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/stretchr/testify/require"
	"go.mau.fi/util/dbutil"
	_ "modernc.org/sqlite" // the driver
)

// Database is a database that any number of processes can open.
type Database struct {
	Kind  string // "sqlite" or "postgres"
	Where string // SQLite: the file; PostgreSQL: the name
}

// OverEveryDatabase runs a test over SQLite and PostgreSQL, each in a new database.
func OverEveryDatabase(t *testing.T, test func(t *testing.T, db Database)) {
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(t, Database{"sqlite", filepath.Join(t.TempDir(), "uploads.db")})
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		test(t, Database{"postgres", newPostgresDatabase(t)})
	})
}

// newPostgresDatabase creates a database for one test on the server in WAMEDIAX_POSTGRES.
func newPostgresDatabase(t *testing.T) string {
	t.Helper()
	server := os.Getenv("WAMEDIAX_POSTGRES")
	if server == "" {
		require.NotEqual(t, "1", os.Getenv("WAMEDIAX_REQUIRE_POSTGRES"), "WAMEDIAX_POSTGRES is not set")
		t.Skip("WAMEDIAX_POSTGRES is not set: see .ci/postgres")
	}
	name := "wamediax_test_" + strings.ToLower(rand.Text())
	run := func(statement string) {
		db, err := sql.Open("pgx", server)
		require.NoError(t, err)
		defer db.Close()
		_, err = db.Exec(statement)
		require.NoError(t, err)
	}
	run("CREATE DATABASE " + name)
	t.Cleanup(func() { run("DROP DATABASE " + name + " WITH (FORCE)") })
	return name
}

// Open opens the database and closes it when the test ends.
func (d Database) Open(t *testing.T) *dbutil.Database {
	t.Helper()
	db, err := d.open()
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return db
}

func (d Database) open() (*dbutil.Database, error) {
	if d.Kind == "sqlite" {
		return dbutil.NewWithDialect("file:"+d.Where+
			"?_pragma=foreign_keys(1)&_pragma=journal_mode(WAL)&_pragma=busy_timeout(10000)&_txlock=immediate", "sqlite")
	}
	config, err := pgx.ParseConfig(os.Getenv("WAMEDIAX_POSTGRES"))
	if err != nil {
		return nil, err
	}
	config.Database = d.Where
	return dbutil.NewWithDB(stdlib.OpenDB(*config), "pgx")
}
