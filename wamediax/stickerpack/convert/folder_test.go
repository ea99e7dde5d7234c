package convert_test

import (
	"bytes"
	"image/gif"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wamediax/whatsmeow-ext/wamediax/stickerpack"
	"github.com/wamediax/whatsmeow-ext/wamediax/stickerpack/convert"
)

func write(t testing.TB, dir string, files map[string][]byte) {
	t.Helper()
	for name, data := range files {
		path := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
		require.NoError(t, os.WriteFile(path, data, 0o600))
	}
}

func TestFolderBecomesAPack(t *testing.T) {
	slow(t)
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "Cats")
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "more.png"), 0o777))
	write(t, dir, map[string][]byte{
		"02_😴🐈.PNG":      pngOf(t, disc(30, 30, blue, red)),
		"01_😀.png":       pngOf(t, disc(30, 30, red, blue)),
		"03 no face.gif": gifOf(t, 16, 1, 10, gif.DisposalNone),
		"tray.png":       pngOf(t, disc(30, 30, yellow, yellow)),
		"thumbnail.jpg":  jpegOf(t, disc(300, 300, yellow, yellow)),
		"notes.txt":      []byte("not a picture"),
		".hidden.png":    []byte("nor this"),
	})
	pack, err := convert.FromDir(t.Context(), dir)
	require.NoError(t, err)
	require.NoError(t, pack.Validate())
	require.Len(t, pack.Warnings(), 2, "%v", pack.Warnings()) // no publisher, and one sticker without emojis
	require.Equal(t, "Cats", pack.Name)
	require.Len(t, pack.Stickers, 3)
	require.Equal(t, []string{"😀"}, pack.Stickers[0].Emojis)
	require.Equal(t, []string{"😴", "🐈"}, pack.Stickers[1].Emojis)
	require.Empty(t, pack.Stickers[2].Emojis)
	requireColour(t, blue, decode(t, pack.Stickers[0].WebP), 256, 256)
	requireColour(t, red, decode(t, pack.Stickers[1].WebP), 256, 256)
	requireColour(t, yellow, decode(t, pack.TrayIcon), 48, 48)

	again, err := convert.FromDir(t.Context(), dir)
	require.NoError(t, err)
	require.Equal(t, pack.ID, again.ID)
	require.NoError(t, os.Remove(filepath.Join(dir, "03 no face.gif")))
	less, err := convert.FromDir(t.Context(), dir)
	require.NoError(t, err)
	require.NotEqual(t, pack.ID, less.ID)
}

func TestManifestDescribesThePack(t *testing.T) {
	slow(t)
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, map[string][]byte{
		"a_😀.png": pngOf(t, disc(30, 30, red, blue)),
		"b_😴.png": pngOf(t, disc(30, 30, blue, red)),
		"c.png":   pngOf(t, disc(30, 30, yellow, red)),
		"pack.json": []byte(`{"id": "cats-1", "name": "Cats", "publisher": "me", "description": "d", "caption": "c", "tray": "c.png",
			"stickers": [{"file": "b_😴.png", "emojis": ["🐈"], "label": "A cat"}, {"file": "a_😀.png"}]}`),
	})
	pack, err := convert.FromDir(t.Context(), dir)
	require.NoError(t, err)
	require.Equal(t, "cats-1 Cats me d c", pack.ID+" "+pack.Name+" "+pack.Publisher+" "+pack.Description+" "+pack.Caption)
	require.Len(t, pack.Stickers, 2)
	require.Equal(t, []string{"🐈"}, pack.Stickers[0].Emojis)
	require.Equal(t, "A cat", pack.Stickers[0].Label)
	require.Equal(t, []string{"😀"}, pack.Stickers[1].Emojis)
	requireColour(t, red, decode(t, pack.Stickers[0].WebP), 256, 256)
	requireColour(t, yellow, decode(t, pack.TrayIcon), 48, 10)

	saved := t.TempDir()
	require.NoError(t, pack.Save(saved))
	back, err := convert.FromDir(t.Context(), saved)
	require.NoError(t, err)
	require.Equal(t, pack, back)
}

func TestInvalidFolderIsAnError(t *testing.T) {
	t.Parallel()
	secret := filepath.Join(t.TempDir(), "secret.png")
	require.NoError(t, os.WriteFile(secret, pngOf(t, disc(8, 8, red, blue)), 0o600))
	for name, c := range map[string]struct {
		files map[string][]byte
		says  string
	}{
		"a damaged picture":                {map[string][]byte{"1.png": []byte("text")}, "1.png: not a picture"},
		"a damaged manifest":               {map[string][]byte{"pack.json": []byte("{")}, "pack.json: unexpected EOF"},
		"two manifests in one file":        {map[string][]byte{"pack.json": []byte(`{"name": "Cats"}{"id": "cats-1"}`)}, "pack.json: text after the JSON object"},
		"a huge manifest":                  {map[string][]byte{"pack.json": bytes.Repeat([]byte(" "), 1<<20+1)}, "pack.json: file is larger than 1048576 bytes"},
		"an unknown field in the manifest": {map[string][]byte{"pack.json": []byte(`{"sticker": []}`)}, `unknown field "sticker"`},
		"a missing file":                   {map[string][]byte{"pack.json": []byte(`{"stickers": [{"file": "1.png"}]}`)}, "1.png: no such file"},
		"a file in another directory":      {map[string][]byte{"pack.json": []byte(`{"stickers": [{"file": "../secret.png"}]}`)}, "escapes"},
		"a file at an absolute path":       {map[string][]byte{"pack.json": []byte(`{"tray": "` + secret + `"}`)}, "escapes"},
		"a directory as manifest":          {map[string][]byte{"pack.json/x": nil}, "pack.json: not a regular file"},
		"a directory as picture":           {map[string][]byte{"pack.json": []byte(`{"tray": "."}`)}, "not a regular file"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, dir, c.files)
			_, err := convert.FromDir(t.Context(), dir)
			require.ErrorContains(t, err, c.says)
		})
	}
	t.Run("a link out of the directory", func(t *testing.T) {
		dir := t.TempDir()
		require.NoError(t, os.Symlink(secret, filepath.Join(dir, "1.png")))
		_, err := convert.FromDir(t.Context(), dir)
		require.ErrorContains(t, err, "escapes")
	})
	t.Run("too many pictures", func(t *testing.T) {
		dir := t.TempDir()
		for i := range stickerpack.MaxStickers + 1 {
			write(t, dir, map[string][]byte{string(rune('0'+i)) + ".png": nil})
		}
		_, err := convert.FromDir(t.Context(), dir)
		require.ErrorContains(t, err, "limit is 60")
	})
	t.Run("no directory", func(t *testing.T) {
		_, err := convert.FromDir(t.Context(), filepath.Join(t.TempDir(), "nowhere"))
		require.ErrorIs(t, err, os.ErrNotExist)
	})
}

func TestFromRootWithoutARootIsAnError(t *testing.T) {
	t.Parallel()
	_, err := convert.FromRoot(t.Context(), nil, "cats")
	require.EqualError(t, err, "failed to make sticker pack from cats: root is nil")
}

func TestFromRootKeepsTheDirectoryPathSecret(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string][]byte{"1.png": pngOf(t, disc(30, 30, red, blue))})
	root, err := os.OpenRoot(dir)
	require.NoError(t, err)
	defer root.Close()
	pack, err := convert.FromRoot(t.Context(), root, "Dots")
	require.NoError(t, err)
	require.Equal(t, "Dots", pack.Name)
	require.Len(t, pack.Stickers, 1)

	write(t, dir, map[string][]byte{"2.png": []byte("no picture")})
	_, err = convert.FromRoot(t.Context(), root, "Dots")
	require.ErrorIs(t, err, convert.ErrFormat)
	require.ErrorContains(t, err, "Dots: 2.png: ")
	require.NotContains(t, err.Error(), dir)
}

func TestEmojisAreFoundWithTheirModifiers(t *testing.T) {
	for name, want := range map[string][]string{
		"01_😀.png":               {"😀"},
		"12 plain name (3)*.png": nil,
		"katze-🐈‍⬛":              {"🐈‍⬛"},
		"👍🏽👍":                    {"👍🏽", "👍"},
		"👨‍👩‍👧‍👦 family":         {"👨‍👩‍👧‍👦"},
		"❤️☕":                    {"❤️", "☕"},
		"🇩🇪🇫🇷":                   {"🇩🇪", "🇫🇷"},
		"🏴󠁧󠁢󠁳󠁣󠁴󠁿x":               {"🏴󠁧󠁢󠁳󠁣󠁴󠁿"},
		"1️⃣ 2":                  {"1️⃣"},
		"©️ Ünïcödé 猫 – naïve":   {"©️"},
		"\U0001f1e6\u200d":       nil,
	} {
		require.Equal(t, want, convert.EmojisIn(name), name)
	}
}
