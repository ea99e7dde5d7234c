package wav

import (
	"bytes"
	"encoding/binary"
	"io"
	"math"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"github.com/wamediax/whatsmeow-ext/wamediax/preview/internal/bounded"
	"github.com/wamediax/whatsmeow-ext/wamediax/preview/internal/pcm"
)

// store writes samples in a format, each once per channel.
func store(format pcm.Format, channels int, samples ...float64) (data []byte) {
	for _, s := range samples {
		for range channels {
			switch format {
			case pcm.Uint8:
				data = append(data, byte(math.Round(s*127)+128))
			case pcm.Int16:
				data = binary.LittleEndian.AppendUint16(data, uint16(int16(math.Round(s*32767))))
			case pcm.Int24:
				v := int32(math.Round(s * (1<<23 - 1)))
				data = append(data, byte(v), byte(v>>8), byte(v>>16))
			case pcm.Int32:
				data = binary.LittleEndian.AppendUint32(data, uint32(int32(math.Round(s*math.MaxInt32))))
			case pcm.Float32:
				data = binary.LittleEndian.AppendUint32(data, math.Float32bits(float32(s)))
			case pcm.Float64:
				data = binary.LittleEndian.AppendUint64(data, math.Float64bits(s))
			}
		}
	}
	return data
}

// wavHeader has the fields of a WAV's header.
type wavHeader struct {
	tag, channels, bits int
	rate                uint32
	extensible          bool
	riffSize, dataSize  uint32
	before              []byte // chunks before fmt
	between             []byte // chunks between fmt and data
}

func wavOf(h wavHeader, data []byte) []byte {
	wav := binary.LittleEndian.AppendUint32([]byte("RIFF"), h.riffSize)
	wav = append(append(wav, "WAVE"...), h.before...)
	tag, size := h.tag, 16
	if h.extensible {
		tag, size = tagExtensible, 40
	}
	wav = binary.LittleEndian.AppendUint32(append(wav, "fmt "...), uint32(size))
	wav = binary.LittleEndian.AppendUint16(wav, uint16(tag))
	wav = binary.LittleEndian.AppendUint16(wav, uint16(h.channels))
	wav = binary.LittleEndian.AppendUint32(wav, h.rate)
	align := h.channels * ((h.bits + 7) / 8)
	wav = binary.LittleEndian.AppendUint32(wav, h.rate*uint32(align))
	wav = binary.LittleEndian.AppendUint16(wav, uint16(align))
	wav = binary.LittleEndian.AppendUint16(wav, uint16(h.bits))
	if h.extensible {
		wav = append(wav, 22, 0, byte(h.bits), 0, 0, 0, 0, 0, byte(h.tag), byte(h.tag>>8))
		wav = append(wav, guidTail...)
	}
	wav = append(wav, h.between...)
	wav = binary.LittleEndian.AppendUint32(append(wav, "data"...), h.dataSize)
	return append(wav, data...)
}

func chunk(id string, body []byte) []byte {
	c := append(binary.LittleEndian.AppendUint32([]byte(id), uint32(len(body))), body...)
	if len(body)%2 == 1 {
		c = append(c, 0)
	}
	return c
}

func open(src io.Reader) (*pcm.Reader, error) {
	in := bounded.NewStream(src)
	h, err := ReadHeader(in)
	if err != nil {
		return nil, err
	}
	l, err := h.Layout()
	if err != nil {
		return nil, err
	}
	return pcm.NewReader(in, l, h.Size), nil
}

func readAll(t *testing.T, s pcm.Sound) (all []float32) {
	t.Helper()
	buf := make([]float32, 1000)
	for {
		n, err := s.Read(buf)
		all = append(all, buf[:n]...)
		if err == io.EOF {
			return all
		}
		require.NoError(t, err)
	}
}

var ramp = []float64{0, 0.25, 0.5, 1, -1, -0.5, -0.25, 0, 0.75}

func TestWAVFormats(t *testing.T) {
	for name, test := range map[string]struct {
		tag, bits int
		format    pcm.Format
		step      float64 // a sample's precision
	}{
		"8-bit PCM":    {tagPCM, 8, pcm.Uint8, 1. / 127},
		"16-bit PCM":   {tagPCM, 16, pcm.Int16, 1. / 32767},
		"24-bit PCM":   {tagPCM, 24, pcm.Int24, 1e-6},
		"32-bit PCM":   {tagPCM, 32, pcm.Int32, 1e-6},
		"32-bit float": {tagFloat, 32, pcm.Float32, 1e-6},
		"64-bit float": {tagFloat, 64, pcm.Float64, 1e-6},
	} {
		for _, channels := range []int{1, 2, 6} {
			for _, extensible := range []bool{false, true} {
				t.Run(name, func(t *testing.T) {
					data := store(test.format, channels, ramp...)
					wav := wavOf(wavHeader{tag: test.tag, channels: channels, bits: test.bits, rate: 22_050,
						extensible: extensible, riffSize: 1, dataSize: uint32(len(data))}, append(data, "trailing chunk"...))
					for _, src := range []io.Reader{bytes.NewReader(wav), iotest.OneByteReader(bytes.NewReader(wav))} {
						s, err := open(src)
						require.NoError(t, err)
						require.Equal(t, 22_050, s.Rate())
						got := readAll(t, s)
						require.Len(t, got, len(ramp))
						for i, sample := range got {
							require.InDelta(t, ramp[i], sample, test.step, "sample %d", i)
						}
					}
				})
			}
		}
	}
}

func TestWAVLayouts(t *testing.T) {
	data := store(pcm.Int16, 1, ramp...)
	plain := wavHeader{tag: tagPCM, channels: 1, bits: 16, rate: 8000, riffSize: 1}
	for name, test := range map[string]struct {
		change func(*wavHeader)
		want   int
	}{
		"the data chunk's size counts, not the RIFF header's":   {func(h *wavHeader) { h.dataSize, h.riffSize = 8, math.MaxUint32 }, 4},
		"a size that is no multiple of a frame is rounded down": {func(h *wavHeader) { h.dataSize = 9 }, 4},
		"ffmpeg's unknown size":                                 {func(h *wavHeader) { h.dataSize, h.riffSize = math.MaxUint32, math.MaxUint32 }, len(ramp)},
		"sox's and espeak's unknown size":                       {func(h *wavHeader) { h.dataSize, h.riffSize = 0x7FFF_F000, 0x7FFF_F024 }, len(ramp)},
		"sizes that were never filled in":                       {func(h *wavHeader) { h.dataSize, h.riffSize = 0, 0 }, len(ramp)},
		"other chunks are skipped, with their padding": {func(h *wavHeader) {
			h.dataSize = uint32(len(data))
			h.before = append(chunk("JUNK", make([]byte, 27)), chunk("bext", make([]byte, 100_000))...)
			h.between = append(chunk("LIST", []byte("odd")), chunk("fact", make([]byte, 4))...)
		}, len(ramp)},
	} {
		t.Run(name, func(t *testing.T) {
			h := plain
			test.change(&h)
			s, err := open(bytes.NewReader(wavOf(h, data)))
			require.NoError(t, err)
			require.Len(t, readAll(t, s), test.want)
		})
	}
}

func TestRF64IsRead(t *testing.T) {
	wav := wavOf(wavHeader{tag: tagPCM, channels: 1, bits: 16, rate: 8000, riffSize: math.MaxUint32,
		dataSize: math.MaxUint32, before: chunk("ds64", make([]byte, 28))}, store(pcm.Int16, 1, ramp...))
	copy(wav, "RF64")
	s, err := open(bytes.NewReader(wav))
	require.NoError(t, err)
	require.Len(t, readAll(t, s), len(ramp))
}

func TestTwelveBitsAreTheUpperOnesOfSixteen(t *testing.T) {
	data := store(pcm.Int16, 1, ramp...)
	s, err := open(bytes.NewReader(wavOf(wavHeader{tag: tagPCM, channels: 1, bits: 12, rate: 8000, dataSize: uint32(len(data))}, data)))
	require.NoError(t, err)
	require.InDelta(t, 0.25, readAll(t, s)[1], 0.001)
}
