package voice

import (
	"fmt"
	"io"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wamediax/whatsmeow-ext/wamediax/preview/internal/pcm"
)

// samples is a sound in memory that returns step samples at a time.
type samples struct {
	sampleRate int
	left       []float32
	step       int
}

func (s *samples) Rate() int { return s.sampleRate }

func (s *samples) Read(dst []float32) (int, error) {
	if len(s.left) == 0 {
		return 0, io.EOF
	}
	n := copy(dst[:min(len(dst), s.step)], s.left)
	s.left = s.left[n:]
	return n, nil
}

func sine(rate, n int, hz float64) []float32 {
	s := make([]float32, n)
	for i := range s {
		s[i] = float32(0.5 * math.Sin(2*math.Pi*hz*float64(i)/float64(rate)))
	}
	return s
}

func readAll(t *testing.T, s pcm.Sound) []float32 {
	t.Helper()
	var all []float32
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

// fit returns the levels in dB of the sine of hz that is in signal and of the rest.
func fit(signal []float32, rate int, hz float64) (level, rest float64) {
	var ss, cc, sc, sy, cy float64
	for i, sample := range signal {
		sin, cos := math.Sincos(2 * math.Pi * hz * float64(i) / float64(rate))
		y := float64(sample)
		ss, cc, sc = ss+sin*sin, cc+cos*cos, sc+sin*cos
		sy, cy = sy+sin*y, cy+cos*y
	}
	det := ss*cc - sc*sc
	a, b := (sy*cc-cy*sc)/det, (cy*ss-sy*sc)/det
	var residual float64
	for i, sample := range signal {
		sin, cos := math.Sincos(2 * math.Pi * hz * float64(i) / float64(rate))
		e := float64(sample) - a*sin - b*cos
		residual += e * e
	}
	return 10 * math.Log10((a*a+b*b)/2), 10 * math.Log10(residual/float64(len(signal)))
}

// TestResamplerQuality sweeps a sine over the band: up to 80 % of it, the filter changes the level
// by less than 0.01 dB and adds noise of less than -110 dB. A sine above half the new rate is
// damped by 90 dB.
func TestResamplerQuality(t *testing.T) {
	if testing.Short() {
		t.Skip("one goroutine that computes for long")
	}
	for _, rates := range [][2]int{{11_025, 12_000}, {22_050, 24_000}, {44_100, 48_000}, {44_056, 48_000}, {37_800, 48_000}, {96_000, 48_000}, {192_000, 48_000}} {
		from, to := rates[0], rates[1]
		t.Run(fmt.Sprintf("%d to %d", from, to), func(t *testing.T) {
			nyquist := float64(min(from, to)) / 2
			worst := math.Inf(1)
			for step := 1; step <= 20; step++ {
				hz := nyquist * 0.8 * float64(step) / 20
				out := readAll(t, resampled(&samples{from, sine(from, from/10, hz), 997}, to))
				out = out[to/50 : len(out)-to/50] // the ends begin and stop abruptly
				level, rest := fit(out, to, hz)
				require.InDelta(t, 20*math.Log10(0.5/math.Sqrt2), level, 0.01, "level at %.0f Hz", hz)
				require.Less(t, rest, level-110, "noise at %.0f Hz", hz)
				worst = min(worst, level-rest)
			}
			t.Logf("SNR is %.0f dB at worst", worst)
			if from <= to {
				return
			}
			for _, factor := range []float64{1.01, 1.2, 1.5, 1.9} {
				out := readAll(t, resampled(&samples{from, sine(from, from/10, nyquist*factor), 997}, to))
				out = out[to/50 : len(out)-to/50]
				_, alias := fit(out, to, 1000)
				require.Less(t, alias, -9.-90, "alias of %.0f Hz", nyquist*factor)
			}
		})
	}
}

func TestResampledSoundKeepsLengthAndPosition(t *testing.T) {
	for _, n := range []int{1, 2, 47, 48, 4096, 4097, 22_050} {
		for _, step := range []int{1, 7, 5000} {
			impulse := make([]float32, n)
			impulse[n/2] = 1
			out := readAll(t, resampled(&samples{22_050, impulse, step}, 24_000))
			require.Len(t, out, (n*24_000+22_049)/22_050)
			loudest := 0
			for i, sample := range out {
				if sample > out[loudest] {
					loudest = i
				}
			}
			require.InDelta(t, float64(n/2)*24_000/22_050, loudest, 1)
		}
	}
}

func TestResamplerReturnsTheSourcesError(t *testing.T) {
	broken := &breaking{samples{22_050, sine(22_050, 5000, 400), 997}}
	out := resampled(broken, 24_000)
	buf := make([]float32, 10_000)
	n, err := readFull(out, buf)
	require.ErrorIs(t, err, io.ErrNoProgress)
	require.Greater(t, n, 5000)
	_, err = out.Read(buf)
	require.ErrorIs(t, err, io.ErrNoProgress)
}

type breaking struct{ samples }

func (b *breaking) Read(dst []float32) (int, error) {
	n, err := b.samples.Read(dst)
	if err == io.EOF {
		return 0, io.ErrNoProgress
	}
	return n, err
}

func TestSoundOfOpusRateIsNotResampled(t *testing.T) {
	for _, rate := range []int{8000, 12_000, 16_000, 24_000, 48_000} {
		s := &samples{sampleRate: rate}
		require.Same(t, s, resampled(s, opusRate(rate)))
	}
}
