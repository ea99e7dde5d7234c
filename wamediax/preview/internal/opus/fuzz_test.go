package opus

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wamediax/whatsmeow-ext/wamediax/preview/internal/bounded"
	"github.com/wamediax/whatsmeow-ext/wamediax/preview/internal/fuzzing"
)

func FuzzRead(f *testing.F) {
	fuzzing.Files(f, func(t *testing.T, src *bounded.Reader) {
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
	}, "*.opus", "*.ogg")
}
