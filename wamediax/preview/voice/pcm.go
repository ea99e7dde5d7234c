package voice

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
)

// Format is how a sample is stored. Samples of more than one byte are little-endian.
type Format int

const (
	Int16   Format = iota + 1 // signed 16-bit integers: what most speech synthesis produces
	Uint8                     // unsigned bytes; 128 is silence
	Int24                     // signed 24-bit integers in three bytes
	Int32                     // signed 32-bit integers
	Float32                   // IEEE 754; full scale is -1 to 1
	Float64                   // IEEE 754; full scale is -1 to 1
)

// layout is how raw samples follow each other.
type layout struct {
	format     Format
	sampleRate int // Hz
	channels   int // interleaved
}

func (l layout) check() error {
	switch {
	case l.format < Int16 || l.format > Float64:
		return fmt.Errorf("%w: %d is not a sample format of this package", ErrFormat, l.format)
	case l.sampleRate < minRate || l.sampleRate > maxRate:
		return fmt.Errorf("%w: sample rate is %d Hz, must be %d to %d", ErrFormat, l.sampleRate, minRate, maxRate)
	case l.channels < 1 || l.channels > maxChannels:
		return fmt.Errorf("%w: sound has %d channels, must have 1 to %d", ErrFormat, l.channels, maxChannels)
	}
	return nil
}

func (l layout) rate() int { return l.sampleRate }

func (l layout) frameBytes() int {
	return [...]int{Int16: 2, Uint8: 1, Int24: 3, Int32: 4, Float32: 4, Float64: 8}[l.format] * l.channels
}

// untilEOF is the size of PCM that ends where its source ends.
const untilEOF = math.MaxInt64

// pcm decodes raw samples.
type pcm struct {
	layout
	src  *offsetReader
	left int64 // bytes of whole frames still to come, or untilEOF
	buf  []byte
	held int // bytes in buf of a frame that has not arrived in full
}

func newPCM(src *offsetReader, l layout, size int64) *pcm {
	frame := l.frameBytes()
	if size != untilEOF {
		size -= size % int64(frame)
	}
	return &pcm{layout: l, src: src, left: size, buf: make([]byte, 4096/frame*frame)}
}

func (p *pcm) read(dst []float32) (int, error) {
	frame := p.frameBytes()
	room := min(int64(min(len(dst)*frame, len(p.buf))), p.left)
	if room == 0 {
		return 0, io.EOF
	}
	n, err := io.ReadAtLeast(p.src, p.buf[p.held:room], frame-p.held)
	have := p.held + n
	switch {
	case err == nil:
	case p.src.err != nil: // which may be io.ErrUnexpectedEOF: an HTTP body that was cut
		return 0, fmt.Errorf("failed to read sound at byte %d: %w", p.src.offset, p.src.err)
	case p.left != untilEOF:
		return 0, fmt.Errorf("sound is truncated: source ends at byte %d, %d bytes too early: %w",
			p.src.offset, p.left-int64(have), io.ErrUnexpectedEOF)
	case have > 0:
		return 0, fmt.Errorf("sound is truncated: source ends at byte %d, in the middle of a sample: %w",
			p.src.offset, io.ErrUnexpectedEOF)
	default:
		return 0, io.EOF
	}
	frames := have / frame
	for i := range frames {
		dst[i] = p.mono(p.buf[i*frame : (i+1)*frame])
	}
	p.held = copy(p.buf, p.buf[frames*frame:have])
	if p.left != untilEOF {
		p.left -= int64(frames * frame)
	}
	return frames, nil
}

// mono returns the average of a frame's channels.
func (p *pcm) mono(frame []byte) float32 {
	size := len(frame) / p.channels
	var sum float32
	for at := 0; at < len(frame); at += size {
		sum += p.format.sample(frame[at : at+size])
	}
	return sum / float32(p.channels)
}

// sample decodes one sample. NaN is silence, and floats beyond full scale are clipped.
func (f Format) sample(b []byte) float32 {
	switch f {
	case Uint8:
		return float32(int(b[0])-128) / (1 << 7)
	case Int16:
		return float32(int16(binary.LittleEndian.Uint16(b))) / (1 << 15)
	case Int24:
		return float32(int32(uint32(b[0])<<8|uint32(b[1])<<16|uint32(b[2])<<24)) / (1 << 31)
	case Int32:
		return float32(int32(binary.LittleEndian.Uint32(b))) / (1 << 31)
	case Float32:
		return clip(float64(math.Float32frombits(binary.LittleEndian.Uint32(b))))
	default:
		return clip(math.Float64frombits(binary.LittleEndian.Uint64(b)))
	}
}

func clip(sample float64) float32 {
	if math.IsNaN(sample) {
		return 0
	}
	return float32(min(max(sample, -1), 1))
}
