package wav

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
	for _, pattern := range []string{"*.wav"} {
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
		sound, err := Open(src)
		if err != nil {
			return
		}
		require.GreaterOrEqual(t, sound.Duration, time.Duration(0))
		samples := 0
		if err := sound.Decode(func(s []float32) { samples += len(s) }); err == nil {
			require.LessOrEqual(t, samples, len(data))
		}
	})
}
