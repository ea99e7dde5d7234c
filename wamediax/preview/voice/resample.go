package voice

import (
	"io"
	"math"

	"github.com/wamediax/whatsmeow-ext/wamediax/preview/internal/pcm"
)

// The filter is a Kaiser-windowed sinc. TestResamplerQuality measures it: up to 80 % of half the
// lower rate, noise is 110 dB and aliases are 90 dB below the sound.
const (
	halfTaps  = 48   // length to either side, in samples of the lower rate
	rolloff   = 0.93 // cutoff, as a fraction of half the lower rate; the stopband begins at 1
	kaiser    = 10.0 // the window's beta
	phases    = 512  // stored filters per sample, interpolated in between
	readAhead = 4096 // samples
)

// resampler changes a sound's rate. Its output has no delay and the same duration.
type resampler struct {
	src  pcm.Sound
	to   int
	half int         // taps on either side
	taps [][]float32 // for each phase, 2*half weights

	buf    []float32 // source samples, the next output's window at off
	off    int
	end    int   // where the sound ends in buf, or -1 while that is unknown
	fract  int   // fraction of the position between two source samples, in units of 1/to
	failed error // the source's error
}

// resampled returns src resampled to rate to.
func resampled(src pcm.Sound, to int) pcm.Sound {
	if src.Rate() == to {
		return src
	}
	// the filter's cutoff, in units of the source's rate
	scale := min(float64(to)/float64(src.Rate()), 1)
	r := &resampler{src: src, to: to, half: int(math.Ceil(halfTaps / scale)), end: -1}
	for phase := range phases + 1 {
		row := make([]float32, 2*r.half)
		sum := 0.0
		weights := make([]float64, len(row))
		for i := range weights {
			// distance in samples of the lower rate
			x := (float64(i-r.half+1) - float64(phase)/phases) * scale
			weights[i] = sinc(x*rolloff) * kaiserWindow(x/halfTaps)
			sum += weights[i]
		}
		for i, weight := range weights {
			row[i] = float32(weight / sum)
		}
		r.taps = append(r.taps, row)
	}
	r.buf = make([]float32, r.half-1, 2*r.half+2*readAhead) // silence before the first sample
	return r
}

func sinc(x float64) float64 {
	if x == 0 {
		return 1
	}
	return math.Sin(math.Pi*x) / (math.Pi * x)
}

// kaiserWindow is 1 at 0 and falls to nearly 0 at -1 and 1.
func kaiserWindow(x float64) float64 {
	if x <= -1 || x >= 1 {
		return 0
	}
	return bessel(kaiser*math.Sqrt(1-x*x)) / bessel(kaiser)
}

// bessel is I0, the modified Bessel function of the first kind.
func bessel(x float64) float64 {
	sum, term := 1.0, 1.0
	for k := 1.0; term > sum*1e-16; k++ {
		term *= x / (2 * k) * x / (2 * k)
		sum += term
	}
	return sum
}

func (r *resampler) Rate() int { return r.to }

func (r *resampler) Read(dst []float32) (int, error) {
	for n := range dst {
		window, err := r.window()
		if err != nil && n > 0 {
			return n, nil
		} else if err != nil {
			return 0, err
		}
		dst[n] = r.at(window)
		r.fract += r.src.Rate()
		r.off += r.fract / r.to
		r.fract %= r.to
	}
	return len(dst), nil
}

// window returns the source samples around the next output.
func (r *resampler) window() ([]float32, error) {
	for r.end < 0 && len(r.buf)-r.off < 2*r.half {
		if r.failed != nil {
			return nil, r.failed
		}
		r.fill()
	}
	if r.end >= 0 && r.off+r.half-1 >= r.end {
		return nil, io.EOF
	}
	return r.buf[r.off : r.off+2*r.half], nil
}

// fill reads more of the source and appends silence at its end.
func (r *resampler) fill() {
	skip := min(r.off, len(r.buf))
	r.buf = r.buf[:copy(r.buf, r.buf[skip:])]
	r.off -= skip
	at := len(r.buf)
	n, err := r.src.Read(r.buf[at:min(at+readAhead, cap(r.buf))])
	r.buf = r.buf[:at+n]
	if err == io.EOF {
		r.end = len(r.buf)
		r.buf = append(r.buf, make([]float32, 2*r.half)...)
	} else if err != nil {
		r.failed = err
	}
}

// at interpolates the sound at fract/to after the middle of window.
func (r *resampler) at(window []float32) float32 {
	phase := float64(r.fract) / float64(r.to) * phases
	row := int(phase)
	before, after := r.taps[row][:len(window)], r.taps[row+1][:len(window)]
	var low, high float32
	for i, sample := range window {
		low += sample * before[i]
		high += sample * after[i]
	}
	return low + (high-low)*float32(phase-float64(row))
}
