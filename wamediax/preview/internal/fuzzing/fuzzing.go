// Package fuzzing is shared by the fuzz targets of the parsers.
package fuzzing

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wamediax/whatsmeow-ext/wamediax/preview/internal/bounded"
)

// Files fuzzes parse. The seeds are the files of preview's testdata that match
// patterns; the parser may read 16 MiB.
func Files(f *testing.F, parse func(t *testing.T, src *bounded.Reader), patterns ...string) {
	for _, pattern := range patterns {
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
		parse(t, bounded.NewReader(t.Context(), bytes.NewReader(data), int64(len(data)), 16<<20))
	})
}
