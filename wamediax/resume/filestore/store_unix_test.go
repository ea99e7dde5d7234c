//go:build unix

package filestore

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wamediax/whatsmeow-ext/wamediax/resume"
	"github.com/wamediax/whatsmeow-ext/wamediax/resume/internal/records"
	"github.com/wamediax/whatsmeow-ext/wamediax/resume/internal/storekit"
)

func TestFilesAreReadableOnlyByTheOwner(t *testing.T) {
	umask := syscall.Umask(0)
	defer syscall.Umask(umask)
	store := newFileStore(t)
	info, err := os.Stat(store.dir)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o700), info.Mode().Perm())

	require.NoError(t, store.Save(t.Context(), "key", records.Full()))
	require.NoError(t, store.Save(t.Context(), "key", records.Full()))
	unlock := storekit.LockSoon(t, store, "key")
	names := filesIn(t, store)
	require.ElementsMatch(t, []string{fileName("key") + recordExt, fileName("key") + lockExt}, names)
	for _, name := range append(names, guardName) {
		info, err := os.Stat(filepath.Join(store.dir, name))
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode().Perm(), name)
	}
	unlock()
	require.NoError(t, store.Delete(t.Context(), "key"))
	require.Empty(t, filesIn(t, store))
}

func TestFileStoreReportsWhyItCannotBeOpened(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	_, err := New(filepath.Join(file, "uploads"))
	require.ErrorIs(t, err, syscall.ENOTDIR)
	_, err = New(file)
	require.ErrorIs(t, err, syscall.ENOTDIR)

	t.Chdir(t.TempDir())
	_, err = New("")
	require.ErrorContains(t, err, "directory is empty")
	entries, err := os.ReadDir(".")
	require.NoError(t, err)
	require.Empty(t, entries)
}

// inTheWay is what can be in the place of a store's file.
var inTheWay = map[string]func(path string) error{
	"a directory":        func(path string) error { return os.Mkdir(path, 0o700) },
	"a FIFO":             func(path string) error { return syscall.Mkfifo(path, 0o600) },
	"a dangling symlink": func(path string) error { return os.Symlink(filepath.Join(filepath.Dir(path), "nowhere"), path) },
	"a symlink to a file": func(path string) error {
		target := filepath.Join(filepath.Dir(path), "elsewhere")
		return errors.Join(os.WriteFile(target, nil, 0o600), os.Symlink(target, path))
	},
}

// requirePromptly returns the result of do, which must not block.
func requirePromptly(t *testing.T, do func() error) error {
	t.Helper()
	returned := make(chan error, 1)
	go func() { returned <- do() }()
	select {
	case err := <-returned:
		return err
	case <-time.After(10 * time.Second):
		require.FailNow(t, "call did not return")
		return nil
	}
}

func TestIrregularFileInPlaceOfARecordIsAnErrorAndReplaced(t *testing.T) {
	for what, put := range inTheWay {
		t.Run(what, func(t *testing.T) {
			store := newFileStoreIn(t, t.TempDir())
			require.NoError(t, put(store.path(fileName("key"), recordExt)))
			require.NoError(t, store.put(t.Context(), "old", &resume.Record{Updated: time.Now().Add(-time.Hour)}))
			err := requirePromptly(t, func() error { _, err := store.Load(t.Context(), "key"); return err })
			require.ErrorContains(t, err, "is not a regular file")
			require.NotErrorIs(t, err, resume.ErrNotFound)
			purged := 0
			err = requirePromptly(t, func() (err error) { purged, err = store.Purge(t.Context(), time.Minute); return err })
			require.ErrorContains(t, err, "is not a regular file")
			require.Equal(t, 1, purged, "Purge continues after an unreadable file")

			err = store.Save(t.Context(), "key", records.Uniform(1))
			if what == "a directory" {
				require.Error(t, err)
				require.Equal(t, []string{fileName("key") + recordExt}, filesIn(t, store))
				return
			}
			require.NoError(t, err)
			rec, err := store.Load(t.Context(), "key")
			require.NoError(t, err)
			require.NoError(t, records.CheckUniform(rec))
		})
	}
}

func TestIrregularFileInPlaceOfALockIsAnError(t *testing.T) {
	for what, put := range inTheWay {
		for _, guard := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, guard %t", what, guard), func(t *testing.T) {
				store := newFileStoreIn(t, t.TempDir())
				name, do := fileName("key")+lockExt, func() error { _, err := store.Lock(t.Context(), "key"); return err }
				if guard {
					name, do = guardName, func() error { return store.Save(t.Context(), "key", records.Uniform(1)) }
				}
				require.NoError(t, put(filepath.Join(store.dir, name)))
				before := filesIn(t, store)
				require.ErrorContains(t, requirePromptly(t, do), "is not a regular file")
				require.Equal(t, before, filesIn(t, store), "no file is created")
			})
		}
	}
}

func TestUnreadableLockIsAnError(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root can open every file")
	}
	store := newFileStore(t)
	require.NoError(t, os.WriteFile(store.path(fileName("key"), lockExt), nil, 0))
	_, err := store.Lock(t.Context(), "key")
	require.ErrorIs(t, err, os.ErrPermission)
}

func TestDirectoryRemovedWhileALockIsHeldIsAnError(t *testing.T) {
	store := newFileStore(t)
	unlock, err := store.Lock(t.Context(), "key")
	require.NoError(t, err)
	require.NoError(t, os.RemoveAll(store.dir))
	_, err = store.Lock(t.Context(), "key")
	require.ErrorIs(t, err, os.ErrNotExist)
	unlock()
}

func TestUnreadableDirectoryIsAnErrorOtherThanNotFound(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root can read every file")
	}
	store := newFileStore(t)
	require.NoError(t, store.Save(t.Context(), "key", records.Uniform(1)))
	require.NoError(t, os.Chmod(store.dir, 0))
	_, err := store.Load(t.Context(), "key")
	require.ErrorIs(t, err, os.ErrPermission)
	require.ErrorIs(t, store.Save(t.Context(), "key", records.Uniform(2)), os.ErrPermission)
	require.ErrorIs(t, store.Delete(t.Context(), "key"), os.ErrPermission)
	_, err = store.Lock(t.Context(), "key")
	require.ErrorIs(t, err, os.ErrPermission)
	_, err = store.Purge(t.Context(), 0)
	require.ErrorIs(t, err, os.ErrPermission)

	require.NoError(t, os.Chmod(store.dir, 0o700))
	_, err = store.Load(t.Context(), "key")
	require.NoError(t, err)
}
