package voice_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"runtime"
	"testing"
	"testing/iotest"
	"time"

	"github.com/pion/opus"
	"github.com/stretchr/testify/require"
	"github.com/thesyncim/gopus/container/ogg"

	"github.com/wamediax/whatsmeow-ext/wamediax/preview/voice"
)

// speech.wav is two seconds of espeak-ng, and speech.mp3 the same through lame.
func fixture(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile("testdata/" + name)
	require.NoError(t, err)
	return data
}

// speechSamples are those of speech.wav, at 22,050 Hz.
func speechSamples(t testing.TB) []float64 {
	t.Helper()
	data := fixture(t, "speech.wav")[44:]
	samples := make([]float64, len(data)/2)
	for i := range samples {
		samples[i] = float64(int16(binary.LittleEndian.Uint16(data[2*i:]))) / (1 << 15)
	}
	return samples
}

// decode decodes an Ogg file at 48 kHz as phones do: it drops the pre-skip and everything after the
// last granule position. It uses other libraries for the container and the codec.
func decode(t testing.TB, file []byte) (samples []float64, sourceRate int) {
	t.Helper()
	r, err := ogg.NewReader(bytes.NewReader(file))
	require.NoError(t, err)
	require.EqualValues(t, 1, r.Channels())
	decoder, err := opus.NewDecoderWithOutput(48_000, 1)
	require.NoError(t, err)
	buf := make([]float32, 5760)
	for {
		packet, _, err := r.ReadPacket()
		if err != nil {
			break
		}
		n, err := decoder.DecodeToFloat32(packet, buf)
		require.NoError(t, err)
		for _, sample := range buf[:n] {
			samples = append(samples, float64(sample))
		}
	}
	require.True(t, r.EOF(), "stream has no last page")
	require.GreaterOrEqual(t, len(samples), int(r.GranulePos()))
	require.Less(t, len(samples)-int(r.GranulePos()), 960, "a whole packet is dropped at the end")
	return samples[r.PreSkip():r.GranulePos()], int(r.SampleRate())
}

// correlation compares b, at rate bRate, with a, at rate aRate. It returns 1 if they differ only in
// loudness.
func correlation(a []float64, aRate int, b []float64, bRate int) float64 {
	var ab, aa, bb float64
	for i, x := range a {
		at := float64(i) * float64(bRate) / float64(aRate)
		k := int(at)
		if k+1 >= len(b) {
			break
		}
		y := b[k] + (b[k+1]-b[k])*(at-float64(k))
		ab, aa, bb = ab+x*y, aa+x*x, bb+y*y
	}
	return ab / math.Sqrt(aa*bb)
}

func TestSpeechIsPreserved(t *testing.T) {
	want := speechSamples(t)
	raw := fixture(t, "speech.wav")[44:]
	for name, test := range map[string]struct {
		src  []byte
		opts []voice.Option
		min  float64
	}{
		"WAV":                {fixture(t, "speech.wav"), nil, 0.94},
		"raw samples":        {raw, []voice.Option{voice.WithPCM(voice.Int16, 22_050, 1)}, 0.94},
		"MP3":                {fixture(t, "speech.mp3"), nil, 0.94},
		"at a low bit rate":  {fixture(t, "speech.wav"), []voice.Option{voice.WithBitrate(16_000)}, 0.92},
		"at a high bit rate": {fixture(t, "speech.wav"), []voice.Option{voice.WithBitrate(96_000)}, 0.995},
	} {
		t.Run(name, func(t *testing.T) {
			var dst bytes.Buffer
			v, err := voice.Encode(t.Context(), &dst, bytes.NewReader(test.src), test.opts...)
			require.NoError(t, err)
			require.Equal(t, 2*time.Second, v.Duration)
			require.EqualValues(t, 2, v.Seconds())
			require.EqualValues(t, dst.Len(), v.Size)
			require.Len(t, v.Waveform, 64)
			got, rate := decode(t, dst.Bytes())
			require.Len(t, got, 2*48_000)
			require.Equal(t, 22_050, rate)
			c := correlation(want, 22_050, got, 48_000)
			t.Logf("correlation %.4f (SNR %.1f dB), %d bytes", c, -10*math.Log10(1-c*c), v.Size)
			require.Greater(t, c, test.min)
		})
	}
}

// tone returns raw 16-bit samples of a 440 Hz sine.
func tone(rate, samples int) []byte {
	data := make([]byte, 0, 2*samples)
	for i := range samples {
		data = binary.LittleEndian.AppendUint16(data, uint16(int16(8000*math.Sin(2*math.Pi*440*float64(i)/float64(rate)))))
	}
	return data
}

func TestDurationIsExact(t *testing.T) {
	for _, test := range []struct {
		rate, samples int
		want          time.Duration
	}{
		{8000, 1, 125 * time.Microsecond},
		{8000, 160, 20 * time.Millisecond},
		{16_000, 16_001, time.Second + 62_500},
		{11_025, 11_025, time.Second},
		{22_050, 441, 20 * time.Millisecond},
		{24_000, 23_999, 999_958_333},
		{44_100, 44_099, 999_977_324},
		{48_000, 48_000 - 312, 993_500_000},
		{48_000, 1, 20_833},
		{96_000, 96_001, 1_000_010_417},
		{192_000, 3, 15_625},
	} {
		t.Run(fmt.Sprintf("%d samples of %d Hz", test.samples, test.rate), func(t *testing.T) {
			var dst bytes.Buffer
			v, err := voice.Encode(t.Context(), &dst, bytes.NewReader(tone(test.rate, test.samples)), voice.WithPCM(voice.Int16, test.rate, 1))
			require.NoError(t, err)
			require.Equal(t, test.want, v.Duration)
			require.Len(t, v.Waveform, 64)
			got, _ := decode(t, dst.Bytes())
			require.Len(t, got, max(int(math.Round(float64(test.samples)*48_000/float64(test.rate))), 1))
		})
	}
}

func TestSecondsAreRoundedUp(t *testing.T) {
	require.EqualValues(t, 0, voice.Voice{}.Seconds())
	require.EqualValues(t, 1, voice.Voice{Duration: 1}.Seconds())
	require.EqualValues(t, 1, voice.Voice{Duration: time.Second}.Seconds())
	require.EqualValues(t, 2, voice.Voice{Duration: time.Second + 1}.Seconds())
}

func TestSameSoundGivesTheSameFile(t *testing.T) {
	src := fixture(t, "speech.wav")
	var whole, pieces bytes.Buffer
	v, err := voice.Encode(t.Context(), &whole, bytes.NewReader(src))
	require.NoError(t, err)
	r := voice.NewReader(iotest.HalfReader(bytes.NewReader(src)))
	require.Zero(t, r.Voice())
	_, err = io.Copy(&pieces, iotest.OneByteReader(r))
	require.NoError(t, err)
	require.True(t, bytes.Equal(whole.Bytes(), pieces.Bytes()))
	require.Equal(t, v, r.Voice())
	n, err := r.Read(make([]byte, 10))
	require.Zero(t, n)
	require.Equal(t, io.EOF, err)
}

// TestReaderDoesNotWaitForTheEnd writes three seconds of sound and reads the first two before it
// writes more.
func TestReaderDoesNotWaitForTheEnd(t *testing.T) {
	src, speaker := io.Pipe()
	defer src.Close()
	go func() { _, _ = speaker.Write(tone(16_000, 3*16_000)) }()
	r := voice.NewReader(src, voice.WithPCM(voice.Int16, 16_000, 1))
	var got []byte
	buf := make([]byte, 100)
	for bytes.Count(got, []byte("OggS")) < 4 { // two pages of headers, two seconds
		n, err := r.Read(buf)
		require.NoError(t, err)
		got = append(got, buf[:n]...)
	}
}

func TestWaveformFollowsTheSound(t *testing.T) {
	src := append(append(make([]byte, 2*16_000), tone(16_000, 16_000)...), make([]byte, 2*16_000)...)
	v, err := voice.Encode(t.Context(), io.Discard, bytes.NewReader(src), voice.WithPCM(voice.Int16, 16_000, 1))
	require.NoError(t, err)
	require.Equal(t, make([]byte, 20), v.Waveform[:20])
	for _, value := range v.Waveform[23:41] {
		require.EqualValues(t, 89, value) // a sine of 8000 of 32768 has -12.2 - 3 dB: (60-15.2)/50
	}
	require.Equal(t, make([]byte, 20), v.Waveform[44:])
}

var errBroken = errors.New("cable cut")

func TestFailingSource(t *testing.T) {
	for _, name := range []string{"speech.wav", "speech.mp3"} {
		data := fixture(t, name)
		for _, at := range []int{0, 5, 30, len(data) / 2} {
			t.Run(fmt.Sprintf("%s at byte %d", name, at), func(t *testing.T) {
				src := io.MultiReader(bytes.NewReader(data[:at]), iotest.ErrReader(errBroken))
				_, err := voice.Encode(t.Context(), io.Discard, src)
				require.ErrorIs(t, err, errBroken)
				require.ErrorContains(t, err, "failed to encode voice: ")
			})
		}
	}
	t.Run("a source that was cut between two samples, like an HTTP body, has not ended", func(t *testing.T) {
		for _, err := range []error{io.ErrUnexpectedEOF, errBroken} {
			src := io.MultiReader(bytes.NewReader(make([]byte, 40_000)), iotest.ErrReader(err))
			_, got := voice.Encode(t.Context(), io.Discard, src, voice.WithPCM(voice.Int16, 8000, 1))
			require.ErrorIs(t, got, err)
		}
	})
	t.Run("a Reader stays failed", func(t *testing.T) {
		r := voice.NewReader(io.MultiReader(bytes.NewReader(make([]byte, 40_000)), iotest.ErrReader(errBroken)), voice.WithPCM(voice.Int16, 8000, 1))
		got, err := io.ReadAll(r)
		require.ErrorIs(t, err, errBroken)
		require.ErrorContains(t, err, "at byte 40000")
		require.NotEmpty(t, got)
		_, err = r.Read(make([]byte, 1))
		require.ErrorIs(t, err, errBroken)
		require.Zero(t, r.Voice())
	})
}

// limited accepts a number of bytes and then fails.
type limited struct {
	left int
	err  error
}

func (w *limited) Write(p []byte) (int, error) {
	if len(p) > w.left {
		n := w.left
		w.left = 0
		return n, w.err
	}
	w.left -= len(p)
	return len(p), nil
}

func TestFailingDestination(t *testing.T) {
	_, err := voice.Encode(t.Context(), &limited{5000, errBroken}, bytes.NewReader(fixture(t, "speech.wav")))
	require.ErrorIs(t, err, errBroken)
	require.EqualError(t, err, "failed to write voice at byte 5000: cable cut")
	_, err = voice.Encode(t.Context(), &limited{0, nil}, bytes.NewReader(fixture(t, "speech.wav")))
	require.ErrorIs(t, err, io.ErrShortWrite)
}

func TestCancelling(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	forever := readerFunc(func(p []byte) (int, error) {
		clear(p)
		return len(p), nil
	})
	_, err := voice.Encode(ctx, writerFunc(func(p []byte) (int, error) {
		cancel(errBroken)
		return len(p), nil
	}), forever, voice.WithPCM(voice.Int16, 16_000, 1))
	require.ErrorIs(t, err, errBroken)

	_, err = voice.Encode(ctx, io.Discard, readerFunc(func([]byte) (int, error) {
		t.Error("read after the context's end")
		return 0, io.EOF
	}))
	require.ErrorIs(t, err, errBroken)
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

func TestMistakesAreErrors(t *testing.T) {
	for name, test := range map[string]struct {
		src  io.Reader
		dst  io.Writer
		opts []voice.Option
		want string
	}{
		"no source":         {nil, io.Discard, nil, "failed to encode voice: source is nil"},
		"a nil pointer":     {(*bytes.Reader)(nil), io.Discard, nil, "failed to encode voice: source is nil"},
		"no destination":    {bytes.NewReader(nil), nil, nil, "failed to encode voice: destination is nil"},
		"a bit rate of 0":   {bytes.NewReader(nil), io.Discard, []voice.Option{voice.WithBitrate(0)}, "failed to encode voice: bit rate is 0, must be 6000 to 256000 bits per second"},
		"no sample format":  {bytes.NewReader(nil), io.Discard, []voice.Option{voice.WithPCM(0, 8000, 1)}, "failed to encode voice: unsupported sound format: 0 is not a known sample format"},
		"a rate of 0":       {bytes.NewReader(nil), io.Discard, []voice.Option{voice.WithPCM(voice.Int16, 0, 1)}, "failed to encode voice: unsupported sound format: sample rate is 0 Hz, must be 2000 to 192000"},
		"negative channels": {bytes.NewReader(nil), io.Discard, []voice.Option{voice.WithPCM(voice.Int16, 8000, -1)}, "failed to encode voice: unsupported sound format: sound has -1 channels, must have 1 to 32"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := voice.Encode(t.Context(), test.dst, test.src, test.opts...)
			require.EqualError(t, err, test.want)
		})
	}
}

// TestMemoryDoesNotGrowWithTheSound compares the memory in use after one minute with that after
// later ones: hours of sound need no more. (Package waveform tests the waveform, which grows for
// seven minutes.)
func TestMemoryDoesNotGrowWithTheSound(t *testing.T) {
	if raceDetector || testing.Short() {
		t.Skip("takes a while, and the race detector has memory of its own")
	}
	const minutes, rate = 2, 7999
	silence := readerFunc(func(p []byte) (int, error) {
		for i := range p {
			p[i] = 128
		}
		return len(p), nil
	})
	var atFirst, most uint64
	pages := 0
	v, err := voice.Encode(t.Context(), writerFunc(func(p []byte) (int, error) {
		if pages++; pages%60 == 0 {
			var now runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&now)
			if atFirst == 0 {
				atFirst = now.HeapAlloc
			}
			most = max(most, now.HeapAlloc)
		}
		return len(p), nil
	}), io.LimitReader(silence, minutes*60*rate), voice.WithPCM(voice.Uint8, rate, 1))
	require.NoError(t, err)
	require.Equal(t, minutes*time.Minute, v.Duration)
	require.Greater(t, pages, minutes*60)
	t.Logf("%d KiB at first, %d KiB at most", atFirst>>10, most>>10)
	require.Less(t, most, atFirst+64<<10)
}
