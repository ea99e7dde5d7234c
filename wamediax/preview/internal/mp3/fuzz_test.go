package mp3

import (
	"errors"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wamediax/whatsmeow-ext/wamediax/preview/internal/bounded"
	"github.com/wamediax/whatsmeow-ext/wamediax/preview/internal/fuzzing"
	"github.com/wamediax/whatsmeow-ext/wamediax/preview/internal/pcm"
)

func FuzzRead(f *testing.F) {
	fuzzing.Files(f, func(t *testing.T, src *bounded.Reader) {
		sound, err := Open(src.Stream())
		if err != nil {
			return
		}
		require.Positive(t, sound.Rate())
		require.GreaterOrEqual(t, sound.Samples, int64(0))
		samples, buf := int64(0), make([]float32, 1000)
		for err == nil {
			var n int
			n, err = sound.Read(buf)
			require.True(t, n > 0 || err != nil, "Read returned nothing")
			samples += int64(n)
		}
		require.True(t, errors.Is(err, io.EOF) || errors.Is(err, pcm.ErrFormat), "%v", err)
		require.LessOrEqual(t, samples, 1152*(src.Size()/24+2), "more sound than the bytes can hold")
	}, "*.mp3")
}
