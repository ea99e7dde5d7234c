package picture_test

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/color"
	"image/gif"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wamediax/whatsmeow-ext/wamediax/internal/picture"
	"github.com/wamediax/whatsmeow-ext/wamediax/internal/webpfile/webptest"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest/hostile"
)

func made(t testing.TB, name string) []byte {
	t.Helper()
	for _, file := range hostile.Pictures() {
		if file.Name == name {
			return file.Make()
		}
	}
	t.Fatalf("no %s in the corpus", name)
	return nil
}

// allocated returns the total bytes that do allocates.
func allocated(do func()) int64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	do()
	runtime.ReadMemStats(&after)
	return int64(after.TotalAlloc - before.TotalAlloc)
}

func TestHostilePictureIsRefusedBeforeItIsDecoded(t *testing.T) {
	for name, want := range map[string]string{
		"scans-300.jpg":           "33 scans or more",
		"scans-a-million.jpg":     "more than 100 scans",
		"coefficients-4096.jpg":   "takes 240 MiB, limit is 192 MiB",
		"cmyk-4096.jpg":           "takes 384 MiB",
		"sixteen-bits.png":        "takes 256 MiB",
		"interlaced.png":          "takes 256 MiB",
		"promise.png":             "60000×60000 pixels",
		"frames.gif":              "more than 65536 frames",
		"pixels.gif":              "6710886400 pixels together",
		"flat-33-megapixels.webp": "takes 257 MiB",
	} {
		t.Run(name, func(t *testing.T) {
			data := made(t, name)
			var err error
			memory := allocated(func() { _, err = open(t.Context(), data, picture.Limits{}) })
			require.ErrorIs(t, err, picture.ErrTooLarge)
			require.ErrorContains(t, err, want)
			require.Less(t, memory, int64(1<<20))
		})
	}
}

func TestUsualProgressiveJPEGIsAccepted(t *testing.T) {
	data := made(t, "scans-just-allowed.jpg") // 99 scans of 10 megapixels
	_, err := open(t.Context(), data, picture.Limits{})
	require.NoError(t, err)
}

// countdown is a context that ends at its nth check.
type countdown struct {
	context.Context
	left int
}

func (c *countdown) Err() error {
	if c.left--; c.left < 0 {
		return context.DeadlineExceeded
	}
	return nil
}

func TestDecodingChecksTheContextOften(t *testing.T) {
	for name, data := range map[string][]byte{
		"a JPEG of many scans": made(t, "scans-just-allowed.jpg"),
		"a PNG":                pngOf(t, corners(1500, 1500)),
		"a paletted PNG":       pngOf(t, image.NewPaletted(image.Rect(0, 0, 3000, 2000), color.Palette{color.Black})),
		"a GIF":                gifOf(t, 1200, 3, gif.DisposalNone),
		"a JPEG to turn":       withOrientation(jpegOf(t, corners(1500, 1500)), bigEndian, 6),
	} {
		t.Run(name, func(t *testing.T) {
			pic, err := open(t.Context(), data, picture.Limits{})
			require.NoError(t, err)
			for _, after := range []int{0, 1, 2, 5, 10, 20} {
				_, err := pic.Decode(&countdown{t.Context(), after}, image.Pt(100, 100))
				require.Error(t, err, "after %d questions", after)
				require.NotErrorIs(t, err, picture.ErrFormat, "after %d questions", after)
			}
		})
	}
}

func TestScansEndWithTheContext(t *testing.T) {
	pic, err := open(t.Context(), made(t, "scans-just-allowed.jpg"), picture.Limits{})
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	_, err = pic.Decode(ctx, image.Point{})
	require.ErrorIs(t, err, context.DeadlineExceeded)
}

func TestDecodingStaysWithinItsMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("one goroutine that computes for long")
	}
	grey16 := image.NewGray16(image.Rect(0, 0, 1000, 1000))
	rgba16 := image.NewNRGBA64(image.Rect(0, 0, 1000, 1000))
	paletted := image.NewPaletted(image.Rect(0, 0, 1000, 1000), color.Palette{color.Black, color.White})
	for name, data := range map[string][]byte{
		"a JPEG":                      jpegOf(t, corners(1000, 1000)),
		"a grey JPEG":                 jpegOf(t, image.NewGray(image.Rect(0, 0, 1000, 1000))),
		"a progressive JPEG":          made(t, "coefficients-3500.jpg"),
		"a JPEG to turn":              withOrientation(jpegOf(t, corners(1000, 1000)), bigEndian, 6),
		"a PNG":                       pngOf(t, corners(1000, 1000)),
		"a PNG of grey with 16 bits":  pngOf(t, grey16),
		"a PNG of RGBA with 16 bits":  pngOf(t, rgba16),
		"a paletted PNG":              pngOf(t, paletted),
		"a GIF":                       gifOf(t, 1000, 1, gif.DisposalNone),
		"a lossless WebP":             webptest.Lossless(corners(1000, 1000)),
		"a lossy WebP":                testdata(t, "lossy.webp"),
		"a lossy WebP with its alpha": testdata(t, "lossy-alpha.webp"),
	} {
		t.Run(name, func(t *testing.T) {
			pic, err := open(t.Context(), data, picture.Limits{})
			require.NoError(t, err)
			for _, atLeast := range []image.Point{{}, {90, 90}} {
				memory := allocated(func() { _, err = pic.Decode(t.Context(), atLeast) })
				require.NoError(t, err)
				require.LessOrEqual(t, memory, pic.Memory(atLeast)+1500<<10, "buffers aside")
			}
		})
	}
}

// testdata reads a picture that github.com/gen2brain/webp made from corners(1000, 1000). In
// lossy-alpha.webp one pixel is transparent.
func testdata(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	require.NoError(t, err)
	return data
}

func TestSpoolAllReadsToTheEnd(t *testing.T) {
	want := bytes.Repeat([]byte("0123456789abcdef"), 1000)
	s, err := picture.SpoolAll(t.Context(), bytes.NewReader(want), int64(len(want)))
	require.NoError(t, err)
	require.EqualValues(t, len(want), s.Size())
	got, err := io.ReadAll(io.NewSectionReader(s, 0, s.Size()))
	require.NoError(t, err)
	require.True(t, bytes.Equal(want, got))
	require.NoError(t, s.Close())
}

func TestSpoolAllOf(t *testing.T) {
	gone, broken := errors.New("nobody waits any more"), errors.New("broken")
	ended, end := context.WithCancelCause(t.Context())
	end(gone)
	for name, c := range map[string]struct {
		ctx  context.Context
		src  io.Reader
		want error
	}{
		"more than there may be is too large":   {t.Context(), bytes.NewReader(make([]byte, 101)), picture.ErrTooLarge},
		"an endless source is too large":        {t.Context(), endless{}, picture.ErrTooLarge},
		"a source that fails is its error":      {t.Context(), iotest.ErrReader(broken), broken},
		"a context that ended is what ended it": {ended, bytes.NewReader(nil), gone},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := picture.SpoolAll(c.ctx, c.src, 100)
			require.ErrorIs(t, err, c.want)
			require.Nil(t, s)
		})
	}
}

// endless never ends.
type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }
