package bitmap

import (
	"bytes"
	"image"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wamediax/whatsmeow-ext/wamediax/preview/internal/bounded"
)

func FuzzRead(f *testing.F) {
	for _, pattern := range []string{"*.bmp", "*.tiff"} {
		files, err := filepath.Glob("../../testdata/" + pattern)
		require.NoError(f, err)
		require.NotEmpty(f, files)
		for _, file := range files {
			data, err := os.ReadFile(file)
			require.NoError(f, err)
			f.Add(data)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		const budget = 16 << 20
		src := bounded.NewReader(t.Context(), bytes.NewReader(data), int64(len(data)), budget)
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
	})
}
