package pdf

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wamediax/whatsmeow-ext/wamediax/preview/internal/bounded"
	"github.com/wamediax/whatsmeow-ext/wamediax/preview/internal/fuzzing"
)

func FuzzRead(f *testing.F) {
	fuzzing.Files(f, func(t *testing.T, src *bounded.Reader) {
		info, err := Read(src)
		require.NotNil(t, info)
		require.GreaterOrEqual(t, info.Pages, 0)
		require.LessOrEqual(t, info.Pages, maxPages)
		if err != nil {
			require.Zero(t, info.Pages)
		}
	}, "*.pdf")
}
