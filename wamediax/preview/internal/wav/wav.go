// Package wav reads RIFF WAVE files: how long the sound lasts and its samples.
package wav

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"time"

	"github.com/wamediax/whatsmeow-ext/wamediax/preview/internal/bounded"
)

const maxChunks = 1000 // before the sound

// ErrUnsupported means that Decode does not know how the samples are stored.
var ErrUnsupported = errors.New("failed to decode WAV: only PCM and floating point are supported")

// Sound is a WAVE file. See "Multimedia Programming Interface and Data
// Specifications 1.0" for the chunks and WAVEFORMATEXTENSIBLE for what came
// later.
type Sound struct {
	Channels, SampleRate int
	Duration             time.Duration

	src        *bounded.Reader
	format     int // 1: integers, 3: floats
	bits       int
	samples    uint32 // per channel, in formats that are not PCM
	frame      int    // bytes of one sample of every channel
	start, end int64
}

// Open reads the chunks before the sound.
func Open(src *bounded.Reader) (*Sound, error) {
	s := &Sound{src: src}
	if err := s.open(); err != nil {
		return nil, fmt.Errorf("failed to read WAV: %w", err)
	}
	return s, nil
}

func (s *Sound) open() error {
	head, err := s.src.Range(0, 12)
	if err != nil {
		return err
	}
	if len(head) < 12 || string(head[:4]) != "RIFF" && string(head[:4]) != "RF64" || string(head[8:]) != "WAVE" {
		return errors.New("no RIFF WAVE header")
	}
	at := int64(12)
	for range maxChunks {
		chunk, err := s.src.Range(at, 8)
		if err != nil {
			return err
		}
		if len(chunk) < 8 {
			return errors.New("no data chunk: the file is cut off")
		}
		size := int64(binary.LittleEndian.Uint32(chunk[4:]))
		at += 8
		switch string(chunk[:4]) {
		case "fmt ":
			if err := s.readFormat(at, size); err != nil {
				return err
			}
		case "fact":
			fact, err := s.src.Range(at, 4)
			if err != nil {
				return err
			}
			if len(fact) == 4 {
				s.samples = binary.LittleEndian.Uint32(fact)
			}
		case "data":
			return s.setData(at, size)
		}
		at += size + size&1
	}
	return fmt.Errorf("no data in the first %d chunks", maxChunks)
}

func (s *Sound) readFormat(at, size int64) error {
	format, err := s.src.Range(at, min(size, 40))
	if err != nil {
		return err
	}
	if len(format) < 16 {
		return errors.New("fmt chunk is too short")
	}
	u16 := func(i int) int { return int(binary.LittleEndian.Uint16(format[i:])) }
	s.format, s.Channels, s.frame, s.bits = u16(0), u16(2), u16(12), u16(14)
	s.SampleRate = int(binary.LittleEndian.Uint32(format[4:]))
	const extensible = 0xfffe
	if s.format == extensible && len(format) >= 26 {
		s.format = u16(24)
	}
	if s.Channels == 0 || s.SampleRate == 0 || s.frame == 0 {
		return fmt.Errorf("fmt chunk has %d channels, %d samples per second and %d bytes per sample",
			s.Channels, s.SampleRate, s.frame)
	}
	return nil
}

func (s *Sound) setData(at, size int64) error {
	if s.frame == 0 {
		return errors.New("data chunk before the fmt chunk")
	}
	const unknown = math.MaxUint32 // by programs that write to a pipe, and in RF64
	s.start, s.end = at, s.src.Size()
	if size != 0 && size != unknown {
		s.end = min(s.end, at+size)
	}
	if s.format != 1 && s.format != 3 {
		s.Duration = bounded.Duration(uint64(s.samples), uint32(s.SampleRate)) // ADPCM and the like
		return nil
	}
	s.Duration = bounded.Duration(uint64(max(s.end-s.start, 0)/int64(s.frame)), uint32(s.SampleRate))
	return nil
}

// Decode calls sound with the samples, mixed to one channel, at SampleRate.
// sound must not keep them.
func (s *Sound) Decode(sound func([]float32)) error {
	sample := s.decoder()
	width := s.bits / 8
	if sample == nil || s.frame != width*s.Channels {
		return ErrUnsupported
	}
	const block = 64 << 10 // bytes; at least one frame fits
	raw := make([]byte, max(block/s.frame, 1)*s.frame)
	out := make([]float32, len(raw)/s.frame)
	for at := s.start; at < s.end; at += int64(len(raw)) {
		n := min(int64(len(raw)), s.end-at)
		if _, err := s.src.ReadAt(raw[:n], at); err != nil && err != io.EOF {
			return fmt.Errorf("failed to decode WAV: %w", err)
		}
		frames := int(n) / s.frame
		for i := range frames {
			var sum float64
			for c := range s.Channels {
				sum += sample(raw[i*s.frame+c*width:])
			}
			out[i] = float32(sum / float64(s.Channels))
		}
		sound(out[:frames])
	}
	return nil
}

// decoder returns how one sample is read, or nil.
func (s *Sound) decoder() func([]byte) float64 {
	switch [2]int{s.format, s.bits} {
	case [2]int{1, 8}:
		return func(b []byte) float64 { return (float64(b[0]) - 128) / 128 }
	case [2]int{1, 16}:
		return func(b []byte) float64 { return float64(int16(binary.LittleEndian.Uint16(b))) / (1 << 15) }
	case [2]int{1, 24}:
		return func(b []byte) float64 {
			return float64(int32(uint32(b[0])<<8|uint32(b[1])<<16|uint32(b[2])<<24)) / (1 << 31)
		}
	case [2]int{1, 32}:
		return func(b []byte) float64 { return float64(int32(binary.LittleEndian.Uint32(b))) / (1 << 31) }
	case [2]int{3, 32}:
		return func(b []byte) float64 { return float64(math.Float32frombits(binary.LittleEndian.Uint32(b))) }
	case [2]int{3, 64}:
		return func(b []byte) float64 { return math.Float64frombits(binary.LittleEndian.Uint64(b)) }
	}
	return nil
}
