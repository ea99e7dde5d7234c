package guard

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// newFolder returns a media folder with these files, next to a file with a secret.
func newFolder(t *testing.T, files ...string) *Folder {
	base := t.TempDir()
	dir := filepath.Join(base, "media")
	require.NoError(t, os.WriteFile(filepath.Join(base, "secret"), []byte("secret"), 0o600))
	require.NoError(t, os.Mkdir(filepath.Join(base, "secrets"), 0o700))
	for _, name := range files {
		path := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
		require.NoError(t, os.WriteFile(path, []byte(name), 0o600))
	}
	media, err := OpenFolder(dir, 100)
	require.NoError(t, err)
	t.Cleanup(func() { _ = media.Close() })
	return media
}

// chatText returns the text of an error for the chat.
func chatText(t *testing.T, err error) string {
	var refusal *Refusal
	require.ErrorAs(t, err, &refusal)
	return refusal.Text
}

func TestFilesOfTheMediaFolderAreOpened(t *testing.T) {
	media := newFolder(t, "a.txt", "cats/b c.txt")
	require.NoError(t, os.Symlink("cats", filepath.Join(media.Name(), "felines")))
	for _, name := range []string{"a.txt", "cats/b c.txt", "./a.txt", "cats/../a.txt", "felines/b c.txt"} {
		file, err := media.File(name)
		require.NoError(t, err, name)
		require.True(t, strings.HasPrefix(file.Name(), media.Name()), "the resume store knows files by their paths")
		require.NoError(t, file.Close())
	}
	dir, err := media.Folder("cats")
	require.NoError(t, err)
	require.NoError(t, dir.Close())
}

func TestOtherFilesAreRefused(t *testing.T) {
	media := newFolder(t, "a.txt", "cats/b.txt", ".hidden", ".config/c.txt", "large")
	dir, outside := media.Name(), filepath.Dir(media.Name())
	require.NoError(t, os.Symlink(filepath.Join(outside, "secret"), filepath.Join(dir, "link")))
	require.NoError(t, os.Symlink("../secret", filepath.Join(dir, "relative")))
	require.NoError(t, os.Symlink(outside, filepath.Join(dir, "up")))
	require.NoError(t, os.Symlink("../secrets", filepath.Join(dir, "secrets")))
	require.NoError(t, os.Truncate(filepath.Join(dir, "large"), 101))
	for name, says := range map[string]string{
		"../secret":                      "media folder can be used",
		"cats/../../secret":              "media folder can be used",
		filepath.Join(outside, "secret"): "media folder can be used",
		filepath.Join(dir, "a.txt"):      "media folder can be used",
		"link":                           "cannot be opened",
		"relative":                       "cannot be opened",
		"up/secret":                      "cannot be opened",
		".hidden":                        "Hidden",
		".config/c.txt":                  "Hidden",
		"cats/../.hidden":                "Hidden",
		"cats":                           "not a regular file",
		".":                              "not a regular file",
		"a.txt/b":                        "cannot be opened",
		"nothing":                        "There is no nothing.",
		"large":                          "limit of 100 B",
		"a.txt\x00.png":                  "cannot be opened",
		strings.Repeat("x", 5000):        "cannot be opened",
	} {
		file, err := media.File(name)
		require.Nil(t, file)
		require.Error(t, err, name)
		require.Contains(t, chatText(t, err), says, name)
		require.NotContains(t, chatText(t, err), outside)
	}
	for name, says := range map[string]string{
		"..": "media folder", "/": "media folder", "secrets": "cannot be opened", "up": "cannot be opened", "up/secrets": "cannot be opened",
		"a.txt": "not a folder", ".config": "Hidden", "nothing": "There is no nothing.",
	} {
		_, err := media.Folder(name)
		require.Error(t, err, name)
		require.Contains(t, chatText(t, err), says, name)
	}
}

func TestUntrustedNamesAreMadeSafe(t *testing.T) {
	for name, want := range map[string]string{
		"report.pdf":                      "report.pdf",
		"../../etc/passwd":                "passwd",
		`C:\Users\me\secret.txt`:          "secret.txt",
		"..":                              "",
		"/":                               "",
		".bashrc":                         "bashrc",
		"a\x00b\n\u202Egpj.exe":           "a_b__gpj.exe",
		`q?u*o"te|<>:.txt`:                "q_u_o_te____.txt",
		"Überraschung 🎂.png":              "Überraschung 🎂.png",
		"\xff.txt":                        "_.txt",
		strings.Repeat("ü", 300) + ".pdf": strings.Repeat("ü", 50) + ".pdf",
		"x." + strings.Repeat("y", 300):   "x." + strings.Repeat("y", 98),
	} {
		got := FileName(name)
		require.Equal(t, want, got, name)
		if got != "" {
			require.True(t, filepath.IsLocal(got))
		}
	}
}

func TestSavedFilesDoNotReplaceOthers(t *testing.T) {
	media := newFolder(t, "a.txt", ".p1", ".p2")
	require.NoError(t, os.Symlink("../secret", filepath.Join(media.Name(), "a-2.txt")))
	for _, c := range [][2]string{{".p1", "a-3.txt"}, {".p2", "a-4.txt"}} {
		name, err := media.Adopt(c[0], "a.txt")
		require.NoError(t, err)
		require.Equal(t, c[1], name)
		data, err := media.ReadFile(name)
		require.NoError(t, err)
		require.Equal(t, c[0], string(data))
	}
	data, err := media.ReadFile("a.txt")
	require.NoError(t, err)
	require.Equal(t, "a.txt", string(data))
	secret, err := os.ReadFile(filepath.Join(filepath.Dir(media.Name()), "secret"))
	require.NoError(t, err)
	require.Equal(t, "secret", string(secret))

	_, err = media.Adopt(".gone", "b.txt")
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.NoFileExists(t, filepath.Join(media.Name(), "b.txt"))
}
