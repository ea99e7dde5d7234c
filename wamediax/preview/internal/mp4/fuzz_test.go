package mp4

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
	for _, pattern := range []string{"*.mp4", "*.mov", "*.3gp", "*.m4a"} {
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
		info, err := Read(src)
		require.NotNil(t, info)
		require.GreaterOrEqual(t, info.Duration, time.Duration(0))
		require.LessOrEqual(t, info.Duration, 365*24*time.Hour)
		require.LessOrEqual(t, max(info.Width, info.Height), 1<<16)
		if err == nil {
			require.GreaterOrEqual(t, info.MoovAt, int64(0))
			require.Less(t, info.MoovAt, int64(len(data)))
		}
	})
}
