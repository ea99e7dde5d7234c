//go:build unix

package filestore

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wamediax/whatsmeow-ext/wamediax/resume"
	"github.com/wamediax/whatsmeow-ext/wamediax/resume/internal/records"
	"github.com/wamediax/whatsmeow-ext/wamediax/resume/internal/storekit"
)

func TestCrashBeforeTheRenameKeepsTheOldRecord(t *testing.T) {
	data, err := records.Uniform(2).MarshalBinary()
	require.NoError(t, err)
	for name, written := range map[string][]byte{
		"nothing written": nil, "half written": data[:len(data)/2], "all written": data,
	} {
		t.Run(name, func(t *testing.T) {
			store := newFileStore(t)
			require.NoError(t, store.Save(t.Context(), "key", records.Uniform(1)))
			left, err := store.writeTemp(fileName("key"), written)
			require.NoError(t, err)
			rec, err := store.Load(t.Context(), "key")
			require.NoError(t, err)
			require.EqualValues(t, 1, rec.FileLength)

			// A file that may still be in use stays; one that is an hour old is removed.
			_, err = store.Purge(t.Context(), time.Hour)
			require.NoError(t, err)
			require.FileExists(t, left)
			require.NoError(t, os.Chtimes(left, time.Time{}, time.Now().Add(-2*tempAge)))
			purged, err := store.Purge(t.Context(), time.Hour)
			require.NoError(t, err)
			require.Zero(t, purged)
			require.Equal(t, []string{fileName("key") + recordExt}, filesIn(t, store))
		})
	}
}

func TestBrokenFileIsSetAsideAndNotFound(t *testing.T) {
	whole, err := records.Full().MarshalBinary()
	require.NoError(t, err)
	flipped := slices.Clone(whole)
	flipped[len(flipped)/2] ^= 4
	for name, found := range map[string][]byte{
		"empty": {}, "cut short": whole[:len(whole)-1], "zeroes": make([]byte, len(whole)), "a bit flipped": flipped,
		"too long": append(slices.Clone(whole), make([]byte, resume.MaxRecordSize)...), "something else": []byte("hello\n"),
	} {
		t.Run(name, func(t *testing.T) {
			store := newFileStore(t)
			path := store.path(fileName("key"), recordExt)
			aside := store.path(fileName("key"), brokenExt)
			require.NoError(t, os.WriteFile(path, found, 0o600))
			long := time.Now().Add(-1000 * time.Hour)
			require.NoError(t, os.Chtimes(path, long, long))

			_, err := store.Load(t.Context(), "key")
			require.ErrorIs(t, err, resume.ErrNotFound)
			kept, err := os.ReadFile(aside)
			require.NoError(t, err)
			require.True(t, bytes.Equal(found, kept))
			require.NoFileExists(t, path)

			require.NoError(t, store.Save(t.Context(), "key", records.Uniform(1)))
			_, err = store.Load(t.Context(), "key")
			require.NoError(t, err)

			// Its age counts from when it was found broken.
			_, err = store.Purge(t.Context(), time.Hour)
			require.NoError(t, err)
			require.FileExists(t, aside)
			require.NoError(t, os.Chtimes(aside, long, long))
			purged, err := store.Purge(t.Context(), time.Hour)
			require.NoError(t, err)
			require.Zero(t, purged, "a broken file does not count as a record")
			require.NoFileExists(t, aside)
		})
	}
}

func TestValidRecordThatReplacesABrokenOneIsNotSetAside(t *testing.T) {
	store := newFileStore(t)
	// Load has read a broken record. Before Load sets it aside, another process saves a valid one.
	require.NoError(t, store.Save(t.Context(), "key", records.Uniform(1)))
	rec, err := store.setAside(t.Context(), fileName("key"))
	require.NoError(t, err)
	require.NoError(t, records.CheckUniform(rec))
	require.Equal(t, []string{fileName("key") + recordExt}, filesIn(t, store))
}

func TestRecordsAreReplacedSetAsideAndPurgedOneAtATime(t *testing.T) {
	store := newFileStore(t)
	require.NoError(t, store.put(t.Context(), "old", &resume.Record{Updated: time.Now().Add(-time.Hour)}))
	require.NoError(t, os.WriteFile(store.path(fileName("broken"), recordExt), []byte("broken"), 0o600))
	before := filesIn(t, store)
	guarded := store.guarded(t.Context(), func() error {
		for what, do := range map[string]func(ctx context.Context) error{
			"replace":   func(ctx context.Context) error { return store.Save(ctx, "old", records.Uniform(1)) },
			"set aside": func(ctx context.Context) error { _, err := store.Load(ctx, "broken"); return err },
			"purge":     func(ctx context.Context) error { _, err := store.Purge(ctx, 0); return err },
		} {
			ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			require.ErrorIs(t, do(ctx), context.DeadlineExceeded, what)
			cancel()
			require.Equal(t, before, filesIn(t, store), what)
		}
		return nil
	})
	require.NoError(t, guarded)
	require.NoError(t, store.Save(t.Context(), "old", records.Uniform(1)))
}

func TestPurgeSetsBrokenFilesAside(t *testing.T) {
	store := newFileStore(t)
	require.NoError(t, os.WriteFile(store.path(fileName("key"), recordExt), []byte("broken"), 0o600))
	purged, err := store.Purge(t.Context(), time.Hour)
	require.NoError(t, err)
	require.Zero(t, purged)
	require.Equal(t, []string{fileName("key") + brokenExt}, filesIn(t, store))
}

// A limit on file size stands in for a full disk: a write is cut short and then fails. The limit
// applies to a whole process, so the test runs itself in another process.
func TestFullDiskKeepsTheOldRecordAndLeavesNoFile(t *testing.T) {
	const limit = 8 << 10
	if dir := os.Getenv("WAMEDIAX_TEST_FULL_DISK"); dir != "" {
		signal.Ignore(syscall.SIGXFSZ)
		require.NoError(t, syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: limit, Max: limit}))
		store, err := New(dir)
		require.NoError(t, err)
		require.ErrorIs(t, store.Save(t.Context(), "key", records.Uniform(200)), syscall.EFBIG)
		return
	}
	store := newFileStore(t)
	require.NoError(t, store.Save(t.Context(), "key", records.Uniform(1)))
	program, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.Command(program, "-test.run=^"+t.Name()+"$")
	cmd.Env = append(os.Environ(), "WAMEDIAX_TEST_FULL_DISK="+store.dir)
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)

	rec, err := store.Load(t.Context(), "key")
	require.NoError(t, err)
	require.EqualValues(t, 1, rec.FileLength)
	require.Equal(t, []string{fileName("key") + recordExt}, filesIn(t, store))
}

func TestKilledWritersLeaveNothingButTempFiles(t *testing.T) {
	store := newFileStore(t)
	for range 5 {
		writer := storekit.StartChild(t, storekit.ChildSaves, "files", store.dir)
		writer.WaitFor(t, "saved")
		writer.Kill()
	}
	for _, name := range filesIn(t, store) {
		require.Contains(t, []string{recordExt, tempExt}, filepath.Ext(name))
		require.True(t, strings.HasPrefix(name, fileName("key")))
	}
}
