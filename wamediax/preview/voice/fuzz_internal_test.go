package voice

import (
	"bytes"
	"errors"
	"io"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

// FuzzSound decodes without encoding, which is a hundred times as fast as [Encode].
func FuzzSound(f *testing.F) {
	for _, name := range []string{"testdata/speech.wav", "testdata/speech.mp3", "../testdata/f32.wav", "../testdata/mpeg2-padded.mp3"} {
		data, err := os.ReadFile(name)
		require.NoError(f, err)
		f.Add(data[:2000])
	}
	f.Add([]byte("ID3\x04\x00\x10\x00\x00\x00\x02............\xff\xfb\x90\x64"))
	f.Fuzz(func(t *testing.T, src []byte) {
		s, err := openSound(bytes.NewReader(src), nil)
		total, buf := 0, make([]float32, 960)
		for err == nil {
			var n int
			n, err = s.Read(buf)
			total += n
			require.True(t, n > 0 || err != nil, "read returned nothing")
			for _, sample := range buf[:n] {
				require.True(t, sample >= -1 && sample <= 1, "sample is %v", sample)
			}
		}
		require.True(t, errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, ErrFormat) || errors.Is(err, ErrEmpty), "%v", err)
		require.LessOrEqual(t, total, 1152*(len(src)/24+2), "more sound than the bytes can hold")
	})
}
