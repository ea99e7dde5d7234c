package resume

import (
	"bufio"
	"context"
	"crypto/rand"
	"database/sql"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/stretchr/testify/require"
	"go.mau.fi/util/dbutil"
	_ "modernc.org/sqlite"
)

// testLease is short enough to wait for, and long enough for a busy machine to renew in time.
const testLease = 2 * time.Second

// testStore is a store that can also save a record without setting its times.
type testStore interface {
	Store
	put(ctx context.Context, key string, rec *Record) error
}

// place is somewhere where any number of stores, also of other processes, can be opened and find the same.
type place struct{ kind, where string }

// overEveryStore runs a test of the contract over every kind of store, each time in a new place.
func overEveryStore(t *testing.T, test func(t *testing.T, at place)) {
	t.Run("files", func(t *testing.T) {
		t.Parallel()
		test(t, place{"files", filepath.Join(t.TempDir(), "uploads")})
	})
	overEveryDatabase(t, test)
}

// overEveryDatabase runs a test over SQLite and PostgreSQL, each time in a new database.
func overEveryDatabase(t *testing.T, test func(t *testing.T, at place)) {
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(t, place{"sqlite", filepath.Join(t.TempDir(), "uploads.db")})
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		test(t, place{"postgres", newPostgresDatabase(t)})
	})
}

// newPostgresDatabase creates a database for one test, on the server that WAMEDIAX_POSTGRES names.
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

// database opens the database of a place that is one.
func (at place) database() (*dbutil.Database, error) {
	if at.kind == "sqlite" {
		return dbutil.NewWithDialect("file:"+at.where+
			"?_pragma=foreign_keys(1)&_pragma=journal_mode(WAL)&_pragma=busy_timeout(10000)&_txlock=immediate", "sqlite")
	}
	config, err := pgx.ParseConfig(os.Getenv("WAMEDIAX_POSTGRES"))
	if err != nil {
		return nil, err
	}
	config.Database = at.where
	return dbutil.NewWithDB(stdlib.OpenDB(*config), "pgx")
}

func (at place) openDatabase(t *testing.T) *dbutil.Database {
	t.Helper()
	db, err := at.database()
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return db
}

func (at place) open(t *testing.T) testStore {
	t.Helper()
	if at.kind == "files" {
		store, err := NewFileStore(at.where)
		require.NoError(t, err)
		return store
	}
	store, err := NewSQLStore(t.Context(), at.openDatabase(t), WithLease(testLease))
	require.NoError(t, err)
	return store
}

// What a child process does with the store that it opens.
const (
	childLocks = "locks"
	childSaves = "saves"
)

// child is another process at work on the same place.
type child struct {
	*exec.Cmd
	stdin io.Closer
	out   *bufio.Reader
}

// start starts this test's program once more. The child does what it shall until it is killed or stdin is closed.
func (at place) start(t *testing.T, what string) *child {
	t.Helper()
	program, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.Command(program, "-test.run=^TestChildProcess$")
	cmd.Env = append(os.Environ(), "WAMEDIAX_TEST_CHILD="+what, "WAMEDIAX_TEST_KIND="+at.kind, "WAMEDIAX_TEST_WHERE="+at.where)
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	require.NoError(t, err)
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	c := &child{Cmd: cmd, stdin: stdin, out: bufio.NewReader(stdout)}
	t.Cleanup(c.kill)
	return c
}

// waitFor returns when the child has said line.
func (c *child) waitFor(t *testing.T, line string) {
	t.Helper()
	for {
		said, err := c.out.ReadString('\n')
		require.NoError(t, err)
		if said == line+"\n" {
			return
		}
	}
}

// kill is kill -9.
func (c *child) kill() {
	_ = c.Process.Kill()
	_ = c.Wait()
}

// TestChildProcess is what other tests start as a process of its own. By itself it does nothing.
func TestChildProcess(t *testing.T) {
	what := os.Getenv("WAMEDIAX_TEST_CHILD")
	if what == "" {
		return
	}
	store := place{os.Getenv("WAMEDIAX_TEST_KIND"), os.Getenv("WAMEDIAX_TEST_WHERE")}.open(t)
	switch what {
	case childLocks:
		_, err := store.Lock(t.Context(), "key")
		require.NoError(t, err)
		_, _ = os.Stdout.WriteString("locked\n")
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0) // with the lock held
	case childSaves:
		for n := byte(1); ; n++ {
			require.NoError(t, store.Save(t.Context(), "key", uniform(n)))
			_, _ = os.Stdout.WriteString("saved\n")
		}
	}
}
