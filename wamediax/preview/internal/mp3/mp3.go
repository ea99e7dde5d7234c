// Package mp3 reads the headers of MP3 files, and decodes their samples with
// github.com/hajimehoshi/go-mp3.
package mp3

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	gomp3 "github.com/hajimehoshi/go-mp3"

	"github.com/wamediax/whatsmeow-ext/wamediax/preview/internal/bounded"
	"github.com/wamediax/whatsmeow-ext/wamediax/preview/internal/pcm"
)

// decoderDelay is the delay of every MP3 decoder in samples: half a frame of
// overlap, and the filter bank. LAME's tag has only the encoder's delay.
const decoderDelay = 529

// ErrUnsupported is returned, wrapped, for valid frames of a kind that is not
// decoded. It wraps pcm.ErrFormat.
var ErrUnsupported = fmt.Errorf("%w", pcm.ErrFormat)

// Sound is an MP3. It is a pcm.Sound.
type Sound struct {
	Channels int
	Bitrate  int   // of the first frame, per second
	Samples  int64 // per channel, from the encoder's metadata; 0 if there is none
	Start    int64 // offset of the first frame with sound

	in      *bounded.Stream
	frames  frames
	decoder *gomp3.Decoder
	raw     []byte    // go-mp3's output: 16-bit stereo
	lead    int       // samples to drop from the beginning
	tail    int       // samples to drop from the end
	held    []float32 // the latest samples; the last tail of them may have to be dropped
}

// Is reports whether head is the beginning of an ID3v2 tag or of a frame of MPEG audio layer III.
func Is(head []byte) bool {
	return len(head) >= 4 && (string(head[:3]) == "ID3" || head[0] == 0xFF && head[1]&0xE6 == 0xE2)
}

// Open reads up to the first frame with sound. If that frame cannot be decoded,
// Read returns the error.
func Open(in *bounded.Stream) (*Sound, error) {
	s := &Sound{in: in, frames: frames{in: in}, raw: make([]byte, 4096)}
	if err := s.frames.start(); err != nil {
		return nil, fmt.Errorf("failed to read MP3: %w", err)
	}
	first := s.frames.first
	s.Channels, s.Bitrate = first.channels, first.bitrate
	data, err := in.Peek(first.size)
	if err != nil {
		return nil, fmt.Errorf("failed to read MP3: %w", err)
	}
	if meta := readInfo(data, first); meta.found {
		if err := in.Skip(int64(first.size)); err != nil {
			return nil, fmt.Errorf("failed to read MP3: %w", err)
		}
		s.Samples = max(meta.frames*int64(first.samples)-int64(meta.delay+meta.pad), 0)
		if meta.delay+meta.pad > 0 {
			s.lead, s.tail = meta.delay+decoderDelay, max(meta.pad-decoderDelay, 0)
		}
	}
	s.Start = in.Offset()
	return s, nil
}

// Rate returns the number of samples per second.
func (s *Sound) Rate() int { return s.frames.first.sampleRate }

// Read implements pcm.Sound. It returns a pcm.ErrFormat for damaged sound and,
// as ErrUnsupported, for a kind that is not decoded. A truncated file ends
// without an error, because the format has no reliable length.
func (s *Sound) Read(dst []float32) (int, error) {
	for len(s.held) <= s.tail {
		n, err := s.decode()
		if err != nil {
			return 0, err
		}
		for frame := s.raw[:n]; len(frame) >= 4; frame = frame[4:] {
			if s.lead > 0 {
				s.lead--
				continue
			}
			left, right := int16(binary.LittleEndian.Uint16(frame)), int16(binary.LittleEndian.Uint16(frame[2:]))
			s.held = append(s.held, (float32(left)+float32(right))/(1<<16))
		}
	}
	n := copy(dst, s.held[:len(s.held)-s.tail])
	s.held = s.held[:copy(s.held, s.held[n:])]
	return n, nil
}

// decode fills raw. In some places go-mp3 reports a failing source as the end of
// the sound, and it panics on some broken files.
func (s *Sound) decode() (n int, err error) {
	defer func() {
		if broken := recover(); broken != nil {
			n, err = 0, fmt.Errorf("%w: MP3 is damaged before byte %d: %v", pcm.ErrFormat, s.in.Offset(), broken)
		}
	}()
	if s.decoder == nil {
		// frames is not a Seeker: go-mp3 would read a Seeker to its end first and store every
		// frame's offset.
		s.decoder, err = gomp3.NewDecoder(&s.frames)
	}
	if err == nil {
		n, err = s.decoder.Read(s.raw)
	}
	switch {
	case s.in.Err() != nil:
		return 0, fmt.Errorf("failed to read sound at byte %d: %w", s.in.Offset(), s.in.Err())
	case errors.Is(s.frames.err, ErrUnsupported): // go-mp3 does not wrap its source's error
		return 0, s.frames.err
	case err == nil, err == io.EOF:
		return n, err
	}
	return 0, fmt.Errorf("%w: MP3 is damaged before byte %d: %v", pcm.ErrFormat, s.in.Offset(), err)
}
