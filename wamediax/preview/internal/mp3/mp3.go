// Package mp3 reads MP3 files: how long the sound lasts, and its samples, which
// github.com/hajimehoshi/go-mp3 decodes.
package mp3

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"

	gomp3 "github.com/hajimehoshi/go-mp3"

	"github.com/wamediax/whatsmeow-ext/wamediax/preview/internal/bounded"
)

// Sound is an MP3 file.
type Sound struct {
	Channels, SampleRate int
	// Duration is exact if Exact is set: then the file says it. Else it is what
	// the file lasts at the bit rate of its first frame.
	Duration time.Duration
	Exact    bool

	src         *bounded.Reader
	start       int64 // of the first frame with sound
	skip        int64 // samples that the encoder and decoders add at the beginning
	unsupported bool  // by go-mp3
}

// ErrUnsupported means that go-mp3 cannot decode a file: MPEG layers I and II, MPEG 2.5 (8 to 12
// kHz), and MPEG 2 with 22.05 kHz, whose padded frames go-mp3 v0.3.4 takes to be a byte too short.
var ErrUnsupported = errors.New("failed to decode MP3: this kind is not supported")

// Open reads the first frame.
func Open(src *bounded.Reader) (*Sound, error) {
	f, at, err := firstFrame(src)
	if err != nil {
		return nil, fmt.Errorf("failed to read MP3: %w", err)
	}
	s := &Sound{Channels: f.channels, SampleRate: f.sampleRate, unsupported: !f.layer3 || f.sampleRate < 16000 || f.sampleRate == 22050, src: src, start: at}
	data, err := src.Range(at, int64(f.size))
	if err != nil {
		return nil, fmt.Errorf("failed to read MP3: %w", err)
	}
	in := readInfo(data, f)
	if in.found {
		s.start += int64(f.size)
	}
	if samples := in.frames*int64(f.samples) - int64(in.delay+in.pad); in.frames > 0 && samples > 0 {
		s.Exact = true
		s.Duration = bounded.Duration(uint64(samples), uint32(f.sampleRate))
		if in.delay > 0 {
			const decoderDelay = 529 // of every decoder: half a frame's overlap and the filter bank
			s.skip = int64(in.delay + decoderDelay)
		}
		return s, nil
	}
	size := src.Size() - s.start
	if tail, err := src.Range(src.Size()-128, 3); err == nil && string(tail) == "TAG" {
		size -= 128 // ID3v1
	}
	s.Duration = time.Duration(float64(size) * 8 / float64(f.bitrate) * float64(time.Second))
	return s, nil
}

// Decode calls sound with the samples, mixed to one channel, at SampleRate.
// sound must not keep them. It returns how long they last.
func (s *Sound) Decode(sound func([]float32)) (lasted time.Duration, err error) {
	if s.unsupported {
		return 0, ErrUnsupported
	}
	defer func() {
		if p := recover(); p != nil { // go-mp3 indexes its tables with what the file says
			err = fmt.Errorf("failed to decode MP3: broken frame (%v)", p)
		}
	}()
	// Not a Seeker: go-mp3 would read a Seeker to its end first and keep the offset of each frame.
	decoder, err := gomp3.NewDecoder(bufio.NewReaderSize(s.src.Section(s.start), 64<<10))
	if err != nil {
		return 0, fmt.Errorf("failed to decode MP3: %w", err)
	}
	const frameSize = 4 // two channels of 16 bits, always
	raw := make([]byte, 1152*frameSize)
	out := make([]float32, 0, len(raw)/frameSize)
	skip := s.skip
	var samples int64
	for {
		if err := s.src.Err(); err != nil {
			return 0, err
		}
		n, err := io.ReadFull(decoder, raw)
		out = out[:0]
		for i := 0; i+frameSize <= n; i += frameSize {
			if skip > 0 {
				skip--
				continue
			}
			left, right := int16(binary.LittleEndian.Uint16(raw[i:])), int16(binary.LittleEndian.Uint16(raw[i+2:]))
			out = append(out, (float32(left)+float32(right))/(1<<16))
		}
		if s.Exact { // the padding at the end is not sound
			most := int64(s.Duration.Seconds()*float64(s.SampleRate)+0.5) - samples
			out = out[:min(int64(len(out)), max(most, 0))]
		}
		samples += int64(len(out))
		sound(out)
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			if expected := s.Duration.Seconds() * float64(s.SampleRate); s.Exact && float64(samples) < 0.9*expected {
				return 0, fmt.Errorf("failed to decode MP3: %d of %.0f samples: the file is cut off or broken", samples, expected)
			}
			return bounded.Duration(uint64(samples), uint32(s.SampleRate)), nil
		}
		if err != nil {
			return 0, fmt.Errorf("failed to decode MP3: %w", err)
		}
	}
}
