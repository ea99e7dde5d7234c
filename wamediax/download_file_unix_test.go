//go:build unix

package wamediax_test

import (
	"io/fs"
	"os"
	"os/exec"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wamediax/whatsmeow-ext/wamediax"
	"github.com/wamediax/whatsmeow-ext/wamediax/cdn"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

func TestFileThatIsReplacedHandsItsModeOnAndStaysAfterAFailure(t *testing.T) {
	s := newService(t)
	data := content(mebi)
	msg := s.posted(t, data)
	path := t.TempDir() + "/file"
	require.NoError(t, os.WriteFile(path, []byte("before"), 0o640))
	require.NoError(t, os.Chmod(path, 0o640))

	s.inject("", downloads, -1, wamediaxtest.Tamper(mebi-1))
	_, err := s.client.DownloadFile(t.Context(), path, msg)
	require.Error(t, err)
	requireFile(t, path, []byte("before"))
	s.ClearFaults()
	_, err = s.client.DownloadFile(t.Context(), path, msg)
	require.NoError(t, err)
	requireFile(t, path, data)
	require.Equal(t, fs.FileMode(0o640), mode(t, path))
}

func TestPlacesWhereNoFileCanBe(t *testing.T) {
	s := newService(t)
	msg := s.posted(t, content(1000))
	dir := t.TempDir()
	require.NoError(t, syscall.Mkfifo(dir+"/pipe", 0o600))
	for _, path := range []string{dir, dir + "/pipe", dir + "/missing/file", "/dev/null"} {
		_, err := s.client.DownloadFile(t.Context(), path, msg)
		var where *fs.PathError
		require.ErrorAs(t, err, &where, path)
	}
	require.Empty(t, s.downloads(), "nothing was asked for")
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, entries, 1)
}

func TestFullDiskEndsADownload(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip(err)
	}
	defer full.Close()
	s := newService(t)
	_, err = s.client.DownloadTo(t.Context(), full, s.posted(t, content(mebi)))
	require.ErrorIs(t, err, syscall.ENOSPC)
	require.NotErrorIs(t, err, cdn.ErrUnreachable)
}

// TestFileThatCannotGrowLeavesNothing runs itself in a process of its own, whose files cannot grow
// beyond a limit.
func TestFileThatCannotGrowLeavesNothing(t *testing.T) {
	const variable = "WAMEDIAX_TEST_FILE_LIMIT"
	if os.Getenv(variable) == "" {
		child := exec.Command(os.Args[0], "-test.run=^TestFileThatCannotGrowLeavesNothing$", "-test.timeout=60s")
		child.Env = append(os.Environ(), variable+"=1")
		output, err := child.CombinedOutput()
		require.NoError(t, err, "%s", output)
		return
	}
	s := newService(t)
	msg := s.posted(t, content(4*mebi))
	dir := t.TempDir()
	var before syscall.Rlimit
	require.NoError(t, syscall.Getrlimit(syscall.RLIMIT_FSIZE, &before))
	require.NoError(t, syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: mebi, Max: before.Max}))
	_, err := s.client.DownloadFile(t.Context(), dir+"/file", msg)
	require.NoError(t, syscall.Setrlimit(syscall.RLIMIT_FSIZE, &before))
	require.ErrorIs(t, err, syscall.EFBIG)
	requireEmpty(t, dir)
}

func TestFilesGetTheModeAndTheDirectoriesThatTheClientWasWrappedWith(t *testing.T) {
	s := newService(t, wamediax.WithFileMode(0o640), wamediax.WithMkdirAll(0o700))
	data := content(1000)
	dir := t.TempDir()
	path := dir + "/new/newer/file"
	_, err := s.client.DownloadFile(t.Context(), path, s.posted(t, data))
	require.NoError(t, err)
	requireFile(t, path, data)
	require.Equal(t, fs.FileMode(0o640), mode(t, path))
	require.Equal(t, fs.FileMode(0o700), mode(t, dir+"/new/newer").Perm())
}
