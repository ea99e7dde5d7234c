package filestore

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wamediax/whatsmeow-ext/wamediax/resume"
	"github.com/wamediax/whatsmeow-ext/wamediax/resume/internal/records"
	"github.com/wamediax/whatsmeow-ext/wamediax/resume/internal/storekit"
)

// filesIn lists the names in a store's directory, except the permanent one.
func filesIn(t *testing.T, store *Store) []string {
	t.Helper()
	entries, err := os.ReadDir(store.dir)
	require.NoError(t, err)
	var names []string
	for _, entry := range entries {
		if entry.Name() != guardName {
			names = append(names, entry.Name())
		}
	}
	return names
}

func newFileStore(t *testing.T) *Store {
	t.Helper()
	return newFileStoreIn(t, filepath.Join(t.TempDir(), "a", "b"))
}

func newFileStoreIn(t *testing.T, dir string) *Store {
	t.Helper()
	store, err := New(dir)
	require.NoError(t, err)
	return store
}

func TestFileStoreIgnoresChangesOfTheWorkingDirectory(t *testing.T) {
	t.Chdir(t.TempDir())
	store, err := New("uploads")
	require.NoError(t, err)
	require.NoError(t, store.Save(t.Context(), "key", records.Uniform(1)))
	t.Chdir(t.TempDir())
	_, err = store.Load(t.Context(), "key")
	require.NoError(t, err)
}

func TestRemovedDirectoryIsNotFoundAndFailsToSave(t *testing.T) {
	store := newFileStore(t)
	require.NoError(t, os.RemoveAll(store.dir))
	_, err := store.Load(t.Context(), "key")
	require.ErrorIs(t, err, resume.ErrNotFound)
	require.ErrorIs(t, store.Save(t.Context(), "key", records.Uniform(1)), os.ErrNotExist)
	require.NoError(t, store.Delete(t.Context(), "key"))
	_, err = store.Lock(t.Context(), "key")
	require.ErrorIs(t, err, os.ErrNotExist)
	_, err = store.Purge(t.Context(), 0)
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestPurgeLeavesForeignFilesAlone(t *testing.T) {
	store := newFileStore(t)
	foreign := []string{"notes.txt", "x.upload", "x.lock", "x.tmp", "x.broken", strings.Repeat("z", 64) + ".upload"}
	long := time.Now().Add(-1000 * time.Hour)
	for _, name := range foreign {
		path := filepath.Join(store.dir, name)
		require.NoError(t, os.WriteFile(path, nil, 0o600))
		require.NoError(t, os.Chtimes(path, long, long))
	}
	purged, err := store.Purge(t.Context(), 0)
	require.NoError(t, err)
	require.Zero(t, purged)
	require.ElementsMatch(t, foreign, filesIn(t, store))
}

func TestPurgeRemovesOnlyLockFilesOfDeadHolders(t *testing.T) {
	store := newFileStore(t)
	holder := storekit.StartChild(t, storekit.ChildLocks, "files", store.dir)
	holder.WaitFor(t, "locked")
	defer storekit.LockSoon(t, store, "held here")()
	for range 2 {
		_, err := store.Purge(t.Context(), 0)
		require.NoError(t, err)
		require.Len(t, filesIn(t, store), 2)
	}
	holder.Kill()
	require.Len(t, filesIn(t, store), 2)
	_, err := store.Purge(t.Context(), 0)
	require.NoError(t, err)
	require.Equal(t, []string{fileName("held here") + lockExt}, filesIn(t, store))
}

func TestLockExcludesWhileLockFilesAreRemoved(t *testing.T) {
	store := newFileStore(t)
	var holders atomic.Int32
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 3000 {
				lock, err := store.tryLock("name")
				if err != nil {
					t.Error(err)
					return
				}
				if lock == nil {
					continue
				}
				if holders.Add(1) != 1 {
					t.Error("two hold the lock")
				}
				runtime.Gosched()
				holders.Add(-1)
				unlockFile(lock)
			}
		})
	}
	all.Wait()
	require.Empty(t, filesIn(t, store))
}

func TestRecordSavedDuringPurgeStays(t *testing.T) {
	store := newFileStore(t)
	// Purge has found the record outdated. Before Purge removes it, another process saves it.
	require.NoError(t, store.Save(t.Context(), "key", records.Uniform(1)))
	now := time.Now()
	gone, err := store.removeOutdated(t.Context(), fileName("key"), now, time.Hour)
	require.NoError(t, err)
	require.False(t, gone)
	_, err = store.Load(t.Context(), "key")
	require.NoError(t, err)
}

func TestFileStoreErrorsDoNotContainTheKey(t *testing.T) {
	store := newFileStore(t)
	require.NoError(t, os.RemoveAll(store.dir))
	const key = "/home/someone/private.mp4"
	_, lockErr := store.Lock(t.Context(), key)
	_, loadErr := store.Load(t.Context(), key)
	for _, err := range []error{lockErr, loadErr, store.Save(t.Context(), key, records.Full())} {
		require.Error(t, err)
		require.NotContains(t, err.Error(), "private")
	}
}

func TestTempFileDatedInTheFutureIsPurged(t *testing.T) {
	store := newFileStore(t)
	left, err := store.writeTemp(fileName("key"), nil)
	require.NoError(t, err)
	later := time.Now().Add(365 * 24 * time.Hour)
	require.NoError(t, os.Chtimes(left, later, later))
	_, err = store.Purge(t.Context(), time.Hour)
	require.NoError(t, err)
	require.Empty(t, filesIn(t, store))
}
