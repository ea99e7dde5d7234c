// Package mp3 reads MP3 files: what their headers note, and their samples, which
// github.com/hajimehoshi/go-mp3 decodes.
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

// decoderDelay is the delay of every MP3 decoder in samples: half a frame's
// overlap and the filter bank. LAME's tag counts the encoder's alone.
const decoderDelay = 529

// ErrUnsupported is in the error for a kind of frames that is not decoded, in a
// file with nothing wrong. It is a pcm.ErrFormat.
var ErrUnsupported = fmt.Errorf("%w", pcm.ErrFormat)

// Sound is an MP3. It is a pcm.Sound.
type Sound struct {
	Channels int
	Bitrate  int   // of the first frame, per second
	Samples  int64 // per channel, as the encoder noted it, or 0
	Start    int64 // offset of the first frame with sound

	in      *bounded.Stream
	frames  frames
	decoder *gomp3.Decoder
	raw     []byte    // what go-mp3 gives: 16-bit stereo
	lead    int       // samples to drop from the beginning
	tail    int       // samples to drop from the end
	held    []float32 // the latest samples, of which tail may be the last
}

// Is reports whether head is the beginning of an ID3v2 tag or of a frame of MPEG audio layer III.
func Is(head []byte) bool {
	return len(head) >= 4 && (string(head[:3]) == "ID3" || head[0] == 0xFF && head[1]&0xE6 == 0xE2)
}

// Open reads what comes before the first frame with sound. That frame may be of
// a kind that is not decoded: Read says so.
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
	if note := readInfo(data, first); note.found {
		if err := in.Skip(int64(first.size)); err != nil {
			return nil, fmt.Errorf("failed to read MP3: %w", err)
		}
		s.Samples = max(note.frames*int64(first.samples)-int64(note.delay+note.pad), 0)
		if note.delay+note.pad > 0 {
			s.lead, s.tail = note.delay+decoderDelay, max(note.pad-decoderDelay, 0)
		}
	}
	s.Start = in.Offset()
	return s, nil
}

// Rate returns samples per second.
func (s *Sound) Rate() int { return s.frames.first.sampleRate }

// Read reads as pcm.Sound. Sound that is damaged, or of a kind that is not
// decoded (ErrUnsupported), is a pcm.ErrFormat. A file that is cut off ends there: nothing
// reliable says how long it should be.
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

// decode fills raw. go-mp3 reports a source that fails as the end of the sound
// in places, and indexes out of range for some broken files.
func (s *Sound) decode() (n int, err error) {
	defer func() {
		if broken := recover(); broken != nil {
			n, err = 0, fmt.Errorf("%w: MP3 is damaged before byte %d: %v", pcm.ErrFormat, s.in.Offset(), broken)
		}
	}()
	if s.decoder == nil {
		// frames is no Seeker: go-mp3 would read that to its end first, and keep the offset of each frame.
		s.decoder, err = gomp3.NewDecoder(&s.frames)
	}
	if err == nil {
		n, err = s.decoder.Read(s.raw)
	}
	switch {
	case s.in.Err() != nil:
		return 0, fmt.Errorf("failed to read sound at byte %d: %w", s.in.Offset(), s.in.Err())
	case errors.Is(s.frames.err, ErrUnsupported): // go-mp3 does not wrap what it is given
		return 0, s.frames.err
	case err == nil, err == io.EOF:
		return n, err
	}
	return 0, fmt.Errorf("%w: MP3 is damaged before byte %d: %v", pcm.ErrFormat, s.in.Offset(), err)
}
