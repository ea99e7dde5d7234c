package productimg

import (
	"bytes"
	"context"
	"image"
	"image/jpeg"
	"image/png"
	"io"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
)

// FuzzPicture reads any input as a picture: the result is complete or an error, and a header costs
// no more memory than its length, whatever its numbers.
func FuzzPicture(f *testing.F) {
	var jpg, pic bytes.Buffer
	img := image.NewRGBA(image.Rect(0, 0, 3, 2))
	require.NoError(f, jpeg.Encode(&jpg, img, nil))
	require.NoError(f, png.Encode(&pic, img))
	webp := []byte("RIFF\x1e\x00\x00\x00WEBPVP8L\x11\x00\x00\x00\x2f\x07\x40\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00")
	for _, seed := range [][]byte{jpg.Bytes(), pic.Bytes(), webp, jpg.Bytes()[:100], pic.Bytes()[:40], []byte("\xff\xd8\xff\xe1\x00\x10Exif\x00\x00MM"), nil} {
		f.Add(seed, uint16(7))
	}
	f.Fuzz(func(t *testing.T, data []byte, piece uint16) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		pic := newChecked(context.Background(), bytes.NewReader(data), newSettings(nil))
		got, err := io.ReadAll(pieces{pic, 1 + int(piece)})
		runtime.ReadMemStats(&after)
		require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(32<<20))
		require.LessOrEqual(t, len(got), len(data))
		if err == nil {
			require.Equal(t, data, got)
			require.Positive(t, pic.note.Width)
			require.Positive(t, pic.note.Height)
			require.LessOrEqual(t, int64(pic.note.Width)*int64(pic.note.Height), pic.set.maxPixels)
		}
	})
}

// pieces limits the size of each Read.
type pieces struct {
	src  io.Reader
	size int
}

func (p pieces) Read(buf []byte) (int, error) { return p.src.Read(buf[:min(len(buf), p.size)]) }
