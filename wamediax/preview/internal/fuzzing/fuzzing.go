// Package fuzzing is what the fuzz targets of the parsers have in common.
package fuzzing

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wamediax/whatsmeow-ext/wamediax/preview/internal/bounded"
)

// Files fuzzes parse with the files of preview's testdata that match patterns
// as seeds. A parser gets 16 MiB of reading.
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
