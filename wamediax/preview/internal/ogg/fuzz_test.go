package ogg

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
	for _, pattern := range []string{"*.opus", "*.ogg"} {
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
		stream, err := Open(src)
		if err != nil {
			return
		}
		require.GreaterOrEqual(t, stream.Duration, time.Duration(0))
		if stream.Duration > time.Minute {
			return // slow, and the preview has a limit too
		}
		samples := 0
		_ = stream.Decode(func(sound []float32) { samples += len(sound) })
		require.LessOrEqual(t, samples, int(stream.Duration.Seconds()*SampleRate)+2)
	})
}
