// Package pcm decodes raw samples. It also defines Sound, the interface of
// every decoder.
package pcm

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/wamediax/whatsmeow-ext/wamediax/preview/internal/bounded"
)

// ErrFormat is returned, wrapped, for an unsupported format and for invalid
// settings.
var ErrFormat = errors.New("unsupported sound format")

// Sound is decoded sound, mixed down to one channel.
type Sound interface {
	// Rate returns the number of samples per second.
	Rate() int
	// Read reads up to len(dst) samples, from -1 to 1, into dst. At the end it
	// returns 0 and io.EOF. With any error it returns 0.
	Read(dst []float32) (int, error)
}

// Format is how a sample is stored. Samples of more than one byte are
// little-endian.
type Format int

// The formats.
const (
	Int16   Format = iota + 1 // signed 16-bit integers
	Uint8                     // unsigned bytes; 128 is silence
	Int24                     // signed 24-bit integers in three bytes
	Int32                     // signed 32-bit integers
	Float32                   // IEEE 754; full scale is -1 to 1
	Float64                   // IEEE 754; full scale is -1 to 1
)

// Limits of a header. Values outside mean a broken header, not a sound.
const (
	MinRate, MaxRate = 2000, 192_000 // Hz
	maxChannels      = 32
)

// Layout describes raw samples.
type Layout struct {
	Format     Format
	SampleRate int // Hz
	Channels   int // interleaved
}

// Check returns an error that wraps ErrFormat if the layout cannot be decoded.
func (l Layout) Check() error {
	switch {
	case l.Format < Int16 || l.Format > Float64:
		return fmt.Errorf("%w: %d is not a known sample format", ErrFormat, l.Format)
	case l.SampleRate < MinRate || l.SampleRate > MaxRate:
		return fmt.Errorf("%w: sample rate is %d Hz, must be %d to %d", ErrFormat, l.SampleRate, MinRate, MaxRate)
	case l.Channels < 1 || l.Channels > maxChannels:
		return fmt.Errorf("%w: sound has %d channels, must have 1 to %d", ErrFormat, l.Channels, maxChannels)
	}
	return nil
}

// FrameBytes is the size of one sample of every channel.
func (l Layout) FrameBytes() int {
	return [...]int{Int16: 2, Uint8: 1, Int24: 3, Int32: 4, Float32: 4, Float64: 8}[l.Format] * l.Channels
}

// UntilEOF is the size of samples that continue to the end of their source.
const UntilEOF = math.MaxInt64

// Reader decodes raw samples. It is a Sound.
type Reader struct {
	layout Layout
	src    *bounded.Stream
	left   int64 // remaining bytes of whole frames, or UntilEOF
	buf    []byte
	held   int // bytes of an incomplete frame in buf
}

// NewReader returns a Reader of the next size bytes of src, or of all if size is
// UntilEOF. The layout must pass its Check.
func NewReader(src *bounded.Stream, l Layout, size int64) *Reader {
	frame := l.FrameBytes()
	if size != UntilEOF {
		size -= size % int64(frame)
	}
	return &Reader{layout: l, src: src, left: size, buf: make([]byte, 4096/frame*frame)}
}

// Rate returns the layout's sample rate.
func (r *Reader) Rate() int { return r.layout.SampleRate }

// Read implements Sound. Its error wraps io.ErrUnexpectedEOF if the source ends
// too early or within a frame.
func (r *Reader) Read(dst []float32) (int, error) {
	frame := r.layout.FrameBytes()
	end := min(int64(min(len(dst)*frame, len(r.buf))), r.left)
	if end == 0 {
		return 0, io.EOF
	}
	n, err := io.ReadAtLeast(r.src, r.buf[r.held:end], frame-r.held)
	have := r.held + n
	switch {
	case err == nil:
	case r.src.Err() != nil: // can be io.ErrUnexpectedEOF, from a truncated HTTP body
		return 0, fmt.Errorf("failed to read sound at byte %d: %w", r.src.Offset(), r.src.Err())
	case r.left != UntilEOF:
		return 0, fmt.Errorf("sound is truncated: source ends at byte %d, %d bytes too early: %w",
			r.src.Offset(), r.left-int64(have), io.ErrUnexpectedEOF)
	case have > 0:
		return 0, fmt.Errorf("sound is truncated: source ends at byte %d, in the middle of a sample: %w",
			r.src.Offset(), io.ErrUnexpectedEOF)
	default:
		return 0, io.EOF
	}
	frames := have / frame
	for i := range frames {
		dst[i] = r.layout.mono(r.buf[i*frame : (i+1)*frame])
	}
	r.held = copy(r.buf, r.buf[frames*frame:have])
	if r.left != UntilEOF {
		r.left -= int64(frames * frame)
	}
	return frames, nil
}

// mono returns the average of a frame's channels.
func (l Layout) mono(frame []byte) float32 {
	size := len(frame) / l.Channels
	var sum float32
	for at := 0; at < len(frame); at += size {
		sum += l.Format.sample(frame[at : at+size])
	}
	return sum / float32(l.Channels)
}

// sample decodes one sample. NaN becomes silence, and floats beyond full scale
// are clipped.
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
