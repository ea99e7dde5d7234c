package flac

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wamediax/whatsmeow-ext/wamediax/preview/internal/bounded"
	"github.com/wamediax/whatsmeow-ext/wamediax/preview/internal/fuzzing"
)

func FuzzRead(f *testing.F) {
	fuzzing.Files(f, func(t *testing.T, src *bounded.Reader) {
		duration, err := Duration(src)
		require.GreaterOrEqual(t, duration, time.Duration(0))
		if err == nil {
			require.LessOrEqual(t, duration, 365*24*time.Hour)
		}
		require.LessOrEqual(t, src.Spent(), int64(42))
	}, "*.flac")
}
