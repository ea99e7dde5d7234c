package mp4

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wamediax/whatsmeow-ext/wamediax/preview/internal/bounded"
	"github.com/wamediax/whatsmeow-ext/wamediax/preview/internal/fuzzing"
)

func FuzzRead(f *testing.F) {
	fuzzing.Files(f, func(t *testing.T, src *bounded.Reader) {
		info, err := Read(src)
		require.NotNil(t, info)
		require.GreaterOrEqual(t, info.Duration, time.Duration(0))
		require.LessOrEqual(t, info.Duration, 365*24*time.Hour)
		require.LessOrEqual(t, max(info.Width, info.Height), 1<<16)
		if err == nil {
			require.GreaterOrEqual(t, info.MoovAt, int64(0))
			require.Less(t, info.MoovAt, src.Size())
		}
	}, "*.mp4", "*.mov", "*.3gp", "*.m4a")
}
