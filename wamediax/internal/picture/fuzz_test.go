package picture_test

import (
	"bytes"
	"errors"
	"image"
	"image/gif"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wamediax/whatsmeow-ext/wamediax/internal/picture"
	"github.com/wamediax/whatsmeow-ext/wamediax/internal/webpfile/webptest"
)

func addSeeds(f *testing.F) {
	jpg, moving := jpegOf(f, corners(8, 4)), gifOf(f, 8, 3, gif.DisposalPrevious)
	for _, seed := range [][]byte{
		nil, jpg, jpg[:100], withOrientation(jpg, bigEndian, 6), pngOf(f, corners(8, 4)), pngOf(f, image.NewGray16(image.Rect(0, 0, 3, 3))),
		moving, moving[:60], webptest.Lossless(corners(8, 4)), webpOf(f), []byte("\xff\xd8\xff\xe1\x00\x10Exif\x00\x00MM"),
	} {
		f.Add(seed)
	}
}

// FuzzDecode opens and decodes anything. The result must have the header's size and take no more
// than the computed memory.
func FuzzDecode(f *testing.F) {
	addSeeds(f)
	limits := picture.Limits{Pixels: 1 << 14, Memory: 64 << 20, Frames: 20}
	f.Fuzz(func(t *testing.T, data []byte) {
		info, err := picture.Probe(t.Context(), bytes.NewReader(data), int64(len(data)))
		if err != nil {
			require.ErrorIs(t, err, picture.ErrFormat)
			return
		}
		require.Positive(t, info.Width)
		require.Positive(t, info.Height)
		require.Positive(t, info.Frames)
		require.True(t, info.Orientation >= 1 && info.Orientation <= 8)
		pic, err := open(t.Context(), data, limits)
		if err != nil {
			require.True(t, isOurs(err), "%v", err)
			return
		}
		var img image.Image
		memory := allocated(func() { img, err = pic.Decode(t.Context(), image.Point{}) })
		require.LessOrEqual(t, memory, 2*pic.Memory(image.Point{})+2<<20)
		if err != nil {
			require.True(t, isOurs(err), "%v", err)
			return
		}
		require.Equal(t, info.Upright(), img.Bounds().Size())
		frames := 0
		for frame, err := range pic.All(t.Context()) {
			if err != nil {
				require.ErrorIs(t, err, picture.ErrFormat)
				return
			}
			require.Equal(t, image.Pt(info.Width, info.Height), frame.Image.Bounds().Size())
			frames++
		}
		require.Equal(t, info.Frames, frames)
	})
}

// FuzzHead parses anything in pieces: the header must not depend on the number of bytes, nor the
// scanner on the pieces.
func FuzzHead(f *testing.F) {
	addSeeds(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		whole, wholeErr := picture.ParseHead(data)
		if wholeErr != nil {
			require.ErrorIs(t, wholeErr, picture.ErrFormat)
		}
		if info, err := picture.ParseHead(data[:len(data)/2]); err == nil {
			require.NoError(t, wholeErr)
			require.Equal(t, info.Width, whole.Width)
			require.Equal(t, info.Height, whole.Height)
		}
		format := picture.FormatOf(data)
		if format == "" || format == picture.GIF {
			return
		}
		atOnce, inPieces := picture.NewScanner(format), picture.NewScanner(format)
		atOnce.Scan(data)
		for i := range data {
			inPieces.Scan(data[i : i+1])
		}
		require.Equal(t, atOnce.Complete(), inPieces.Complete())
	})
}

func isOurs(err error) bool {
	return errors.Is(err, picture.ErrFormat) || errors.Is(err, picture.ErrTooLarge)
}
