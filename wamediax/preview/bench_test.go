package preview_test

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wamediax/whatsmeow-ext/wamediax/preview"
)

// photo returns a JPEG of 12 megapixels with the detail of a photograph, about 3 MB.
func photo(t testing.TB) []byte {
	img := image.NewYCbCr(image.Rect(0, 0, 4000, 3000), image.YCbCrSubsampleRatio420)
	for i := range img.Y {
		x, y := i%4000, i/4000
		img.Y[i] = byte(x/20 + y/30 + (x*y>>9)&31)
	}
	for i := range img.Cb {
		img.Cb[i], img.Cr[i] = byte(i/8000), byte(i%2000/8)
	}
	var out bytes.Buffer
	require.NoError(t, jpeg.Encode(&out, img, &jpeg.Options{Quality: 90}))
	return out.Bytes()
}

func TestMemoryDoesNotGrowWithTheFile(t *testing.T) {
	if testing.Short() {
		t.Skip("one goroutine that computes for long")
	}
	for name, test := range map[string]struct {
		src  readerAtSize
		most int64 // bytes
	}{
		"a JPEG of 12 megapixels":   {bytes.NewReader(photo(t)), 64 << 20}, // 18 MB are the pixels
		"a voice note of 5 minutes": {bytes.NewReader(longVoice(t, 8)), 8 << 20},
		"a movie of 1 GiB":          {gibibyte(t, false), 4 << 20},
	} {
		t.Run(name, func(t *testing.T) {
			memory := peak(func() {
				_, err := preview.New().Preview(t.Context(), test.src, test.src.Size(), "")
				require.NoError(t, err)
			})
			t.Logf("%.1f MiB", float64(memory)/(1<<20))
			require.Less(t, memory, test.most)
		})
	}
}

func BenchmarkPreview(b *testing.B) {
	for _, bench := range []struct {
		name string
		src  readerAtSize
	}{
		{"JPEG of 12 megapixels", bytes.NewReader(photo(b))},
		{"MP4 of 1 GiB, moov first", gibibyte(b, true)},
		{"MP4 of 1 GiB, moov last", gibibyte(b, false)},
		{"voice note of 5 minutes", bytes.NewReader(longVoice(b, 8))},
		{"PDF", bytes.NewReader(read(b, "streams.pdf"))},
	} {
		b.Run(bench.name, func(b *testing.B) {
			src := &counted{src: bench.src}
			b.ReportAllocs()
			for b.Loop() {
				_, err := preview.New().Preview(b.Context(), src, bench.src.Size(), "")
				require.NoError(b, err)
			}
			b.ReportMetric(float64(src.bytes)/float64(b.N), "read-B/op")
		})
	}
}

func BenchmarkThumbnail(b *testing.B) {
	img := image.NewRGBA(image.Rect(0, 0, 1600, 1200))
	for i := range 1600 * 1200 {
		img.Set(i%1600, i/1600, color.RGBA{byte(i), byte(i >> 8), byte(i >> 4), 255})
	}
	b.ReportAllocs()
	for b.Loop() {
		_, err := preview.Thumbnail(img, 100, 14_980)
		require.NoError(b, err)
	}
}

type readerAtSize interface {
	ReadAt(p []byte, off int64) (int, error)
	Size() int64
}

func (s *spread) Size() int64 { return s.size }

// counted counts the bytes that are read.
type counted struct {
	src   readerAtSize
	bytes int64
}

func (c *counted) ReadAt(p []byte, off int64) (int, error) {
	n, err := c.src.ReadAt(p, off)
	c.bytes += int64(n)
	return n, err
}
