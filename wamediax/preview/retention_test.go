package preview_test

import (
	"bytes"
	"runtime"
	"testing"
	"time"
	"weak"

	"github.com/stretchr/testify/require"

	"github.com/wamediax/whatsmeow-ext/wamediax/preview"
)

// An application may keep previews for as long as it likes, in an Uploaded for example.
func TestAPreviewDoesNotKeepItsSourceInMemory(t *testing.T) {
	src := bytes.NewReader(read(t, "picture.png"))
	kept, err := preview.New().Preview(t.Context(), src, src.Size(), "")
	require.NoError(t, err)
	source := weak.Make(src)
	src = nil
	require.Eventually(t, func() bool {
		runtime.GC()
		return source.Value() == nil
	}, 10*time.Second, 10*time.Millisecond)
	runtime.KeepAlive(kept)
}
