package session

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
	waLog "go.mau.fi/whatsmeow/util/log"
)

func TestDatabaseIsPrivate(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("files have no modes there")
	}
	for name, before := range map[string]bool{"new.db": false, "there already.db": true, "a b?c#d%41.db": false} {
		dir := t.TempDir()
		path := filepath.Join(dir, name)
		if before {
			require.NoError(t, os.WriteFile(path, nil, 0o644))
		}
		db, err := Open(t.Context(), path, waLog.Noop)
		require.NoError(t, err)
		files, err := os.ReadDir(dir)
		require.NoError(t, err)
		var names []string
		for _, file := range files {
			stat, err := file.Info()
			require.NoError(t, err)
			require.Equal(t, os.FileMode(0o600), stat.Mode().Perm(), file.Name())
			names = append(names, file.Name())
		}
		require.ElementsMatch(t, []string{name, name + "-wal", name + "-shm", name + ".lock"}, names)
		require.NoError(t, db.Close())
	}
}

func TestTwoBotsDoNotShareADatabase(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bot.db")
	first, err := Open(t.Context(), path, waLog.Noop)
	require.NoError(t, err)
	_, err = Open(t.Context(), path, waLog.Noop)
	require.ErrorContains(t, err, "another bot is using it")
	require.NoError(t, first.Close())
	second, err := Open(t.Context(), path, waLog.Noop)
	require.NoError(t, err)
	require.NoError(t, second.Close())
}

func TestFilesThatAreNotADatabaseAreNotChanged(t *testing.T) {
	path := filepath.Join(t.TempDir(), "notes.txt")
	text := []byte("These are notes, and quite a lot of them: more than a database's header has bytes. Nothing must happen to them.")
	require.NoError(t, os.WriteFile(path, text, 0o644))
	_, err := Open(t.Context(), path, waLog.Noop)
	require.ErrorContains(t, err, "not a database")
	got, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, text, got)
}
