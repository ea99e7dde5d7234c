package bitmap

import (
	"image"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wamediax/whatsmeow-ext/wamediax/preview/internal/bounded"
	"github.com/wamediax/whatsmeow-ext/wamediax/preview/internal/fuzzing"
)

func FuzzRead(f *testing.F) {
	fuzzing.Files(f, func(t *testing.T, src *bounded.Reader) {
		pic, err := Open(src)
		if err != nil {
			return
		}
		size := pic.Size()
		require.LessOrEqual(t, size.X*size.Y, maxPixels)
		if size.X*size.Y > 1<<20 {
			return // slow
		}
		if img, err := pic.Decode(t.Context(), image.Pt(100, 100)); err == nil {
			require.LessOrEqual(t, img.Bounds().Dx(), max(size.X, 200))
		}
	}, "*.bmp", "*.tiff")
}
