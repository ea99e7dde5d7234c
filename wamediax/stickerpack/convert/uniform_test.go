package convert_test

import (
	"bytes"
	"image"
	"image/gif"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wamediax/whatsmeow-ext/wamediax/stickerpack"
	"github.com/wamediax/whatsmeow-ext/wamediax/stickerpack/convert"
)

func TestUniformPackAnimatesStaticPicturesBesideAnimatedOnes(t *testing.T) {
	slow(t)
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "Cats")
	sticker, err := convert.Sticker(t.Context(), bytes.NewReader(pngOf(t, disc(40, 40, yellow, red))))
	require.NoError(t, err)
	write(t, dir, map[string][]byte{
		"1.png":    pngOf(t, disc(30, 30, red, blue)),
		"2.gif":    gifOf(t, 16, 3, 20, gif.DisposalNone),
		"3.webp":   sticker, // without the option it stays unchanged
		"4.png":    pngOf(t, noise(300, 300)),
		"5.jpg":    jpegOf(t, photo(400, 300)),
		"tray.png": pngOf(t, disc(30, 30, yellow, yellow)),
	})
	mixed, err := convert.FromDir(t.Context(), dir)
	require.NoError(t, err)
	require.ErrorContains(t, mixed.Validate(), string(stickerpack.RuleUniform))

	pack, err := convert.FromDir(t.Context(), dir, convert.WithUniform())
	require.NoError(t, err)
	require.NoError(t, pack.Validate())
	require.Len(t, pack.Stickers, 5)
	require.Equal(t, mixed.Stickers[1], pack.Stickers[1], "an animated sticker was changed")
	for _, i := range []int{0, 2, 3, 4} {
		file := requireSticker(t, pack.Stickers[i].WebP)
		require.True(t, file.Animated)
		require.Len(t, file.Frames, 2, "WhatsApp rejects animations of one frame")
		require.Equal(t, 2*time.Second, file.Duration())
		frames := framesOfSticker(t, pack.Stickers[i].WebP)
		require.Equal(t, frames[0].Bounds(), image.Rect(0, 0, 512, 512))
		require.Equal(t, frames[0].Pix[4*512*2:], frames[1].Pix[4*512*2:], "only a corner is drawn again")
	}
	frames := framesOfSticker(t, pack.Stickers[0].WebP)
	requireColour(t, transparent, frames[1], 0, 0)
	requireColour(t, blue, frames[1], 256, 256)
	requireColour(t, red, frames[1], 256, 20)
}

func TestUniformPackOfStaticPicturesStaysStatic(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string][]byte{"1.png": pngOf(t, disc(30, 30, red, blue)), "2.png": pngOf(t, disc(30, 30, blue, red))})
	want, err := convert.FromDir(t.Context(), dir)
	require.NoError(t, err)
	got, err := convert.FromDir(t.Context(), dir, convert.WithUniform())
	require.NoError(t, err)
	require.Equal(t, want, got)
}
