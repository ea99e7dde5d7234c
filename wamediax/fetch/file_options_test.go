package fetch_test

import (
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wamediax/whatsmeow-ext/wamediax/cdn"
	"github.com/wamediax/whatsmeow-ext/wamediax/fetch"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

func newFetcher(t *testing.T) (*wamediaxtest.Server, *fetch.Fetcher) {
	t.Helper()
	server := wamediaxtest.NewServer()
	t.Cleanup(server.Close)
	return server, fetch.New(cdn.Public(), fetch.WithHTTPClient(server.HTTPClient()))
}

func requireMode(t *testing.T, want fs.FileMode, path string) {
	t.Helper()
	stat, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, want, stat.Mode().Perm())
}

func TestFileHasTheRequestedMode(t *testing.T) {
	server, f := newFetcher(t)
	msg := posted(server, []byte("a picture"))
	for name, test := range map[string]struct {
		before fs.FileMode // 0: there is no file
		mode   fs.FileMode
	}{
		"a new file that only this user can read":    {0, 0o600},
		"a new file with more than the umask allows": {0, 0o666},
		"a new read-only file":                       {0, 0o400},
		"a file that is replaced":                    {0o644, 0o640},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "picture.jpg")
			if test.before != 0 {
				require.NoError(t, os.WriteFile(path, []byte("before"), test.before))
			}
			_, err := f.File(t.Context(), path, msg, fetch.WithFileMode(test.mode), fetch.WithLimit(100))
			require.NoError(t, err)
			requireMode(t, test.mode, path)
			content, err := os.ReadFile(path)
			require.NoError(t, err)
			require.Equal(t, "a picture", string(content))
			entries, err := os.ReadDir(filepath.Dir(path))
			require.NoError(t, err)
			require.Len(t, entries, 1)
		})
	}
}

func TestDirectoriesAreCreatedOnRequest(t *testing.T) {
	server, f := newFetcher(t)
	msg := posted(server, []byte("a picture"))
	dir := t.TempDir()
	path := filepath.Join(dir, "chat", "2026", "picture.jpg")

	_, err := f.File(t.Context(), path, msg)
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.NoDirExists(t, filepath.Join(dir, "chat"))

	for range 2 { // the second time they exist
		_, err = f.File(t.Context(), path, msg, fetch.WithMkdirAll(0o700))
		require.NoError(t, err)
		require.FileExists(t, path)
		requireMode(t, 0o700, filepath.Join(dir, "chat"))
		requireMode(t, 0o700, filepath.Join(dir, "chat", "2026"))
	}

	t.Chdir(dir)
	_, err = f.File(t.Context(), filepath.Join("relative", "picture.jpg"), msg, fetch.WithMkdirAll(0o700))
	require.NoError(t, err)
	require.FileExists(t, filepath.Join(dir, "relative", "picture.jpg"))

	_, err = f.File(t.Context(), filepath.Join(path, "below-a-file", "picture.jpg"), msg, fetch.WithMkdirAll(0o700))
	var where *fs.PathError
	require.ErrorAs(t, err, &where)
}

func TestOnlyDirectoriesRemainAfterAFailure(t *testing.T) {
	server, f := newFetcher(t)
	msg := posted(server, []byte("a picture"))
	server.Forget(msg.GetDirectPath(), http.StatusGone)
	dir := filepath.Join(t.TempDir(), "chat")
	_, err := f.File(t.Context(), filepath.Join(dir, "picture.jpg"), msg, fetch.WithMkdirAll(0o700))
	require.ErrorIs(t, err, fetch.ErrExpired)
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, entries)
}

func TestInvalidModesAreErrors(t *testing.T) {
	server, f := newFetcher(t)
	msg := posted(server, []byte("a picture"))
	for name, test := range map[string]struct {
		opt  fetch.FileOption
		text string
	}{
		"a file of mode zero":                    {fetch.WithFileMode(0), "file mode 0o0"},
		"a file that its owner cannot read":      {fetch.WithFileMode(0o066), "file mode 0o66"},
		"a file with the mode of a directory":    {fetch.WithFileMode(fs.ModeDir | 0o700), "file mode"},
		"a directory of mode zero":               {fetch.WithMkdirAll(0), "directory mode 0o0"},
		"a directory with the mode of a file":    {fetch.WithMkdirAll(0o600), "directory mode 0o600"},
		"a directory with more than permissions": {fetch.WithMkdirAll(fs.ModeSticky | 0o700), "directory mode"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			_, err := f.File(t.Context(), filepath.Join(dir, "new", "picture.jpg"), msg, fetch.WithMkdirAll(0o700), test.opt, fetch.WithMkdirAll(0o700))
			require.ErrorContains(t, err, test.text)
			require.NoDirExists(t, filepath.Join(dir, "new"))
		})
	}
	require.Empty(t, server.Requests())
}

func TestFileOptionsApplyOnlyToFiles(t *testing.T) {
	for _, opt := range []fetch.FileOption{fetch.WithFileMode(0o600), fetch.WithMkdirAll(0o700)} {
		require.NotImplements(t, (*fetch.CallOption)(nil), opt, "Bytes must not accept it")
		require.NotImplements(t, (*fetch.Option)(nil), opt, "New must not accept it")
	}
}
