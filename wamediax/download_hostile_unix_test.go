//go:build unix

package wamediax_test

import (
	"io/fs"
	"os"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wamediax/whatsmeow-ext/wamediax"
)

func TestHiddenFileOfADownloadIsItsOwnersFromTheStart(t *testing.T) {
	old := syscall.Umask(0o022)
	defer syscall.Umask(old)
	s := newService(t)
	msg := s.posted(t, content(10))
	dir := t.TempDir()
	path := dir + "/file"
	require.NoError(t, os.WriteFile(path, nil, 0o600))
	hidden := 0
	_, err := s.client.DownloadFile(t.Context(), path, msg, wamediax.WithProgress(func(wamediax.Progress) {
		entries, err := os.ReadDir(dir)
		require.NoError(t, err)
		for _, entry := range entries {
			if entry.Name() != "file" {
				hidden++
				require.Equal(t, fs.FileMode(0o600), mode(t, dir+"/"+entry.Name()))
			}
		}
	}))
	require.NoError(t, err)
	require.NotZero(t, hidden)
	require.Equal(t, fs.FileMode(0o600), mode(t, path))

	require.NoError(t, os.Chmod(path, 0))
	_, err = s.client.DownloadFile(t.Context(), path, msg)
	require.NoError(t, err)
	require.Zero(t, mode(t, path), "it opened a file that nobody may read")

	require.NoError(t, os.Remove(path))
	_, err = s.client.DownloadFile(t.Context(), path, msg)
	require.NoError(t, err)
	require.Equal(t, fs.FileMode(0o644), mode(t, path), "as os.Create makes it")
}
