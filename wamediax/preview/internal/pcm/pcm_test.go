package pcm

import (
	"bytes"
	"encoding/binary"
	"io"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wamediax/whatsmeow-ext/wamediax/preview/internal/bounded"
)

func samplesOf(t *testing.T, l Layout, stored any) []float32 {
	t.Helper()
	require.NoError(t, l.Check())
	data, err := binary.Append(nil, binary.LittleEndian, stored)
	require.NoError(t, err)
	r := NewReader(bounded.NewStream(bytes.NewReader(data)), l, UntilEOF)
	buf := make([]float32, 100)
	n, err := r.Read(buf)
	require.NoError(t, err)
	_, err = r.Read(buf)
	require.ErrorIs(t, err, io.EOF)
	return buf[:n]
}

func TestChannelsAreAveraged(t *testing.T) {
	got := samplesOf(t, Layout{Int16, 8000, 3}, []int16{16384, -8192, 24576, -16384, -8192, 0})
	require.InDeltaSlice(t, []float32{1. / 3, -0.25}, got, 0.001)
}

func TestNaNAndInfinityAreHandled(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	require.Equal(t, []float32{0, 1, -1, 1, -1}, samplesOf(t, Layout{Float32, 8000, 1}, []float32{nan, inf, -inf, 17, -17}))
}
