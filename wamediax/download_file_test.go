package wamediax_test

import (
	"bytes"
	"io/fs"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wamediax/whatsmeow-ext/wamediax"
)

func requireFile(t testing.TB, path string, want []byte) {
	t.Helper()
	got, err := os.ReadFile(path)
	require.NoError(t, err)
	require.True(t, bytes.Equal(want, got))
}

func TestFileAppearsWholeAndAlone(t *testing.T) {
	s := newService(t)
	data := content(mebi)
	msg := s.posted(t, data)
	dir := t.TempDir()
	path := dir + "/file"
	seen := 0
	got, err := s.client.DownloadFile(t.Context(), path, msg, wamediax.WithProgress(func(wamediax.Progress) {
		seen++
		require.NoFileExists(t, path)
		entries, err := os.ReadDir(dir)
		require.NoError(t, err)
		require.Len(t, entries, 1)
		info, err := entries[0].Info()
		require.NoError(t, err)
		require.Equal(t, fs.FileMode(0o600), info.Mode())
	}))
	require.NoError(t, err)
	require.Positive(t, seen)
	require.Equal(t, int64(len(data)), got.Bytes)
	requireFile(t, path, data)
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, entries, 1)

	created, err := os.Create(dir + "/created")
	require.NoError(t, err)
	require.NoError(t, created.Close())
	require.Equal(t, mode(t, dir+"/created"), mode(t, path), "as os.Create would")
}

func mode(t testing.TB, path string) fs.FileMode {
	t.Helper()
	stat, err := os.Stat(path)
	require.NoError(t, err)
	return stat.Mode()
}

func TestLinkIsReplacedAndNotFollowed(t *testing.T) {
	s := newService(t)
	data := content(1000)
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(dir+"/target", []byte("before"), 0o600))
	require.NoError(t, os.Symlink("target", dir+"/link"))
	_, err := s.client.DownloadFile(t.Context(), dir+"/link", s.posted(t, data))
	require.NoError(t, err)
	requireFile(t, dir+"/link", data)
	requireFile(t, dir+"/target", []byte("before"))
}
