package flac

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wamediax/whatsmeow-ext/wamediax/preview/internal/bounded"
)

func FuzzRead(f *testing.F) {
	for _, pattern := range []string{"*.flac"} {
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
		duration, err := Duration(src)
		require.GreaterOrEqual(t, duration, time.Duration(0))
		if err == nil {
			require.LessOrEqual(t, duration, 365*24*time.Hour)
		}
		require.LessOrEqual(t, src.Spent(), int64(42))
	})
}
