package wav

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
		in := src.Stream()
		h, err := ReadHeader(in)
		if err != nil {
			return
		}
		l, err := h.Layout()
		if err != nil {
			return
		}
		sound, samples, buf := pcm.NewReader(in, l, h.Size), int64(0), make([]float32, 1000)
		for err == nil {
			var n int
			n, err = sound.Read(buf)
			samples += int64(n)
		}
		require.True(t, errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF), "%v", err)
		require.LessOrEqual(t, samples, src.Size())
	}, "*.wav")
}
