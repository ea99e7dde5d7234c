package voice_test

import (
	"bytes"
	"encoding/binary"
	"io"
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wamediax/whatsmeow-ext/wamediax/preview/voice"
)

// changed returns the WAV with the little-endian value, of 2 or 4 bytes, at an offset replaced.
func changed(wav []byte, at, size int, value uint32) []byte {
	wav = bytes.Clone(wav)
	if size == 2 {
		binary.LittleEndian.PutUint16(wav[at:], uint16(value))
	} else {
		binary.LittleEndian.PutUint32(wav[at:], value)
	}
	return wav
}

func TestBadInput(t *testing.T) {
	wav, mp3 := fixture(t, "speech.wav"), fixture(t, "speech.mp3")
	padded, err := os.ReadFile("../testdata/mpeg2-padded.mp3")
	require.NoError(t, err)
	noise := make([]byte, 50_000)
	_, _ = rand.NewChaCha8([32]byte{}).Read(noise)
	copy(noise, "\xff\xfb\x90\x64") // a valid frame's header

	for name, test := range map[string]struct {
		src  []byte
		is   error
		text string
	}{
		"nothing":                             {nil, voice.ErrEmpty, "sound is empty"},
		"a few bytes":                         {[]byte("abc"), voice.ErrFormat, "source is only 3 bytes long"},
		"text":                                {[]byte("Dear Sir or Madam"), voice.ErrFormat, "begins with 44 65 61 72, neither WAV nor MP3: WithPCM"},
		"Ogg":                                 {[]byte("OggS\x00\x02................"), voice.ErrFormat, "source is Ogg already"},
		"FLAC":                                {[]byte("fLaC................"), voice.ErrFormat, "source is FLAC"},
		"M4A":                                 {[]byte("\x00\x00\x00\x20ftypM4A ........"), voice.ErrFormat, "source is MP4 or M4A"},
		"a big-endian WAV":                    {[]byte("RIFX....WAVE...."), voice.ErrFormat, "big-endian"},
		"a WAV without sound":                 {changed(wav[:44], 40, 4, 0), voice.ErrEmpty, "sound is empty"},
		"a streamed WAV without sound":        {changed(wav[:44], 40, 4, 0xFFFFFFFF), voice.ErrEmpty, "sound is empty"},
		"a WAV that ends in its RIFF header":  {wav[:12], voice.ErrFormat, "WAV ends at byte 12 without a data chunk"},
		"a WAV that ends in a chunk's header": {wav[:16], io.ErrUnexpectedEOF, "source ends at byte 16, in the chunk header"},
		"a WAV that ends in its format":       {wav[:30], io.ErrUnexpectedEOF, "source ends at byte 30, in the \"fmt \" chunk"},
		"a WAV that ends before its data":     {wav[:36], voice.ErrFormat, "WAV ends at byte 36 without a data chunk"},
		"a WAV whose first chunk is longer than the file": {append([]byte("RIFF....WAVELIST\xff\xff\xff\xff"), noise...), io.ErrUnexpectedEOF, `source ends at byte 50020, in the "LIST" chunk`},
		"a WAV that ends in its data":                     {wav[:20_000], io.ErrUnexpectedEOF, "source ends at byte 20000, 68244 bytes too early"},
		"a WAV whose data claims to be 1 GB":              {changed(wav, 40, 4, 1_000_000_000), io.ErrUnexpectedEOF, "source ends at byte 88244, 999911800 bytes too early"},
		"a streamed WAV that ends in a sample":            {changed(wav[:20_001], 40, 4, 0xFFFFFFFF), io.ErrUnexpectedEOF, "source ends at byte 20001, in the middle of a sample"},
		"a WAV with its data before its format":           {[]byte("RIFF....WAVEdata\x04\x00\x00\x00...."), voice.ErrFormat, "data chunk, at byte 12, before any fmt chunk"},
		"a WAV with a format of two bytes":                {[]byte("RIFF....WAVEfmt \x02\x00\x00\x00\x01\x00"), voice.ErrFormat, "fmt chunk has 2 bytes"},
		"a WAV of no channels":                            {changed(wav, 22, 2, 0), voice.ErrFormat, "0 channels"},
		"a WAV of 65,535 channels":                        {changed(wav, 22, 2, 65_535), voice.ErrFormat, "65535 channels"},
		"a WAV of 0 Hz":                                   {changed(wav, 24, 4, 0), voice.ErrFormat, "1 channels at 0 Hz"},
		"a WAV of 4 GHz":                                  {changed(wav, 24, 4, 0xFFFFFFFF), voice.ErrFormat, "sample rate is 2147483647 Hz"},
		"a WAV of 0 bits":                                 {changed(wav, 34, 2, 0), voice.ErrFormat, "format tag 0x0001 with 0 bits"},
		"a WAV of 65,535 bits":                            {changed(wav, 34, 2, 65_535), voice.ErrFormat, "format tag 0x0001 with 65535 bits"},
		"a WAV of ADPCM":                                  {changed(wav, 20, 2, 2), voice.ErrFormat, "format tag 0x0002"},
		"a WAV with frames of the wrong size":             {changed(wav, 32, 2, 7), voice.ErrFormat, "claims frames of 7 bytes, but 1 channels of 16 bits are 2"},
		"an extensible WAV of 16 bytes":                   {changed(wav, 20, 2, 0xFFFE), voice.ErrFormat, "without a known subformat"},
		"noise that begins like an MP3":                   {noise, voice.ErrFormat, "no complete MPEG audio frame before byte 49997"},
		"an MP3 that ends in its first frame":             {mp3[:100], voice.ErrFormat, "no complete MPEG audio frame before byte 97"},
		"an MP3 whose padded frames go-mp3 would cut":     {padded, voice.ErrFormat, "padded frames of 32000 bit/s at 22050 Hz, which go-mp3 would damage, at byte 331: decode it to WAV first"},
		"an ID3 tag alone":                                {[]byte("ID3\x04\x00\x00\x00\x00\x00\x02.."), voice.ErrFormat, "no complete MPEG audio frame"},
		"an ID3 tag of 256 MB that is not there":          {[]byte("ID3\x04\x00\x00\x7f\x7f\x7f\x7f........"), io.ErrUnexpectedEOF, "source ends at byte 18, in an ID3 tag of 268435465 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			var dst bytes.Buffer
			v, err := voice.Encode(t.Context(), &dst, bytes.NewReader(test.src))
			require.ErrorIs(t, err, test.is)
			require.ErrorContains(t, err, "failed to encode voice: ")
			require.ErrorContains(t, err, test.text)
			require.Zero(t, v)
			if test.is != io.ErrUnexpectedEOF {
				require.Zero(t, dst.Len(), "something has been written")
			}
		})
	}
}

func TestMP3(t *testing.T) {
	mp3 := fixture(t, "speech.mp3")
	frame := 5000 + bytes.Index(mp3[5000:], mp3[208:210])
	noise := make([]byte, 2000)
	_, _ = rand.NewChaCha8([32]byte{}).Read(noise)
	withPicture := append([]byte("ID3\x04\x00\x10\x00\x06\x0d\x20"), make([]byte, 100_000+10)...) // 100,000 bytes and a footer
	for name, test := range map[string]struct {
		src     []byte
		samples int
	}{
		"the encoder's padding is cut":    {mp3, 44_100},
		"an ID3 tag with a picture":       {append(withPicture, mp3...), 44_100},
		"two ID3 tags":                    {append(append(bytes.Clone(withPicture), withPicture...), mp3...), 44_100},
		"an ID3v1 tag behind":             {append(bytes.Clone(mp3), append([]byte("TAG"), make([]byte, 125)...)...), 44_100},
		"garbage between frames":          {slices.Concat(mp3[:frame], noise, mp3[frame:]), 44_100},
		"without the frame that notes it": {mp3[208:], 79 * 576},
	} {
		t.Run(name, func(t *testing.T) {
			v, err := voice.Encode(t.Context(), io.Discard, bytes.NewReader(test.src))
			require.NoError(t, err)
			require.Equal(t, test.samples, int(v.Duration.Seconds()*22_050+0.5))
		})
	}
}

func FuzzEncode(f *testing.F) {
	wav, mp3 := fixture(f, "speech.wav"), fixture(f, "speech.mp3")
	f.Add(wav[:600])
	f.Add(changed(wav[:600], 40, 4, 0xFFFFFFFF))
	f.Add(changed(wav[:600], 24, 4, 192_000))
	f.Add(mp3[:1500])
	f.Add(mp3[208:1200])
	f.Add([]byte("ID3\x04\x00\x00\x00\x00\x00\x02..\xff\xfb\x90\x64"))
	f.Fuzz(func(t *testing.T, src []byte) {
		if len(src) > 4096 {
			return
		}
		var dst bytes.Buffer
		v, err := voice.Encode(t.Context(), &dst, bytes.NewReader(src))
		if err != nil {
			require.Zero(t, v)
			return
		}
		require.Positive(t, v.Duration)
		require.Len(t, v.Waveform, 64)
		got, rate := decode(t, dst.Bytes())
		require.InDelta(t, v.Duration.Seconds()*48_000, len(got), 1)
		require.Positive(t, rate)
	})
}

func FuzzPCM(f *testing.F) {
	f.Add([]byte("some samples"), 1, 8000, 1)
	f.Add([]byte("some more samples"), 6, 44_100, 2)
	f.Fuzz(func(t *testing.T, src []byte, format, rate, channels int) {
		if len(src) > 4096 {
			return
		}
		var dst bytes.Buffer
		if _, err := voice.Encode(t.Context(), &dst, bytes.NewReader(src), voice.WithPCM(voice.Format(format), rate, channels)); err == nil {
			decode(t, dst.Bytes())
		}
	})
}
