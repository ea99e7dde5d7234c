// Package ogg reads Opus in Ogg (RFC 7845), the format of voice notes: how long
// the sound lasts, its channels, and its samples.
//
// github.com/pion/opus decodes. It has an Ogg reader too, but that one puts no
// limit on the size of a packet and reads only forwards, while the duration is
// at the end.
package ogg

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/pion/opus"

	"github.com/wamediax/whatsmeow-ext/wamediax/preview/internal/bounded"
)

const (
	// SampleRate is the rate at which Decode returns samples.
	SampleRate = 16000

	granuleRate = 48000

	// maxPacketSize is far above what an encoder makes of 120 ms, the longest
	// packet: 48 frames of 2.5 ms with 1275 bytes each.
	maxPacketSize = 64 << 10
)

// ErrNotOpus means that an Ogg file holds another codec, such as Vorbis.
var ErrNotOpus = errors.New("no Opus stream")

// Stream is an Ogg file whose first stream is Opus.
type Stream struct {
	Channels int
	Duration time.Duration

	src     *bounded.Reader
	serial  uint32
	preSkip int   // samples at 48 kHz to drop from the start
	samples int64 // at 48 kHz, after preSkip
	mapped  bool  // surround, which the decoder does not know
}

// Open reads the first pages and the last. An error can come with a Stream whose
// Channels are known and whose Duration is 0.
func Open(src *bounded.Reader) (*Stream, error) {
	pages := &pages{src: src}
	p, err := pages.next()
	if err != nil {
		return nil, fmt.Errorf("failed to read Ogg: %w", err)
	}
	// RFC 7845 section 5.1. The upper half of the version would change what follows.
	head := p.body
	if len(head) < 19 || string(head[:8]) != "OpusHead" || head[8]&0xf0 != 0 || head[9] == 0 {
		return nil, ErrNotOpus
	}
	s := &Stream{src: src, serial: p.serial, Channels: int(head[9]), mapped: head[18] != 0,
		preSkip: int(binary.LittleEndian.Uint16(head[10:]))}
	start, err := s.start(pages)
	if err == nil {
		var end int64
		end, err = lastGranule(src, s.serial)
		s.samples = max(end-start-int64(s.preSkip), 0)
	}
	if err != nil {
		return s, fmt.Errorf("failed to read Ogg: %w", err)
	}
	s.Duration = bounded.Duration(uint64(s.samples), granuleRate)
	return s, nil
}

// start returns the position at which the sound begins. It is not 0 in a piece
// cut out of a longer recording: then the first page with sound ends later than
// its packets last (RFC 7845 section 4.5).
func (s *Stream) start(pages *pages) (int64, error) {
	r := packets{pages: pages, serial: s.serial}
	var length int64
	for {
		packet, last, err := r.next()
		switch {
		case err != nil:
			return 0, nil // Decode says so
		case r.number == 1: // comments
			continue
		}
		length += int64(packetSamples(packet))
		if last && r.page.granule >= 0 {
			if r.page.flags&ending != 0 {
				return 0, nil // its position can also be early, to trim the end
			}
			return max(r.page.granule-length, 0), nil
		}
	}
}

// packetSamples is how many samples at 48 kHz an Opus packet lasts: RFC 6716
// section 3.1.
func packetSamples(packet []byte) int {
	if len(packet) == 0 {
		return 0
	}
	config := packet[0] >> 3
	var frame int
	switch {
	case config < 12: // SILK
		frame = []int{480, 960, 1920, 2880}[config%4]
	case config < 16: // hybrid
		frame = []int{480, 960}[config%2]
	default: // CELT
		frame = 120 << (config % 4)
	}
	switch packet[0] & 3 {
	case 0:
		return frame
	case 3:
		if len(packet) < 2 {
			return 0
		}
		return min(frame*int(packet[1]&0x3f), granuleRate*120/1000)
	}
	return 2 * frame
}

// Decode calls sound with the samples of the stream, mixed to one channel, at
// SampleRate. sound must not keep them. A packet that cannot be decoded ends it
// with an error; samples before it have been handed out.
func (s *Stream) Decode(sound func([]float32)) error {
	if s.mapped {
		return errors.New("failed to decode Opus: surround sound is not supported")
	}
	decoder, err := opus.NewDecoderWithOutput(SampleRate, 1)
	if err != nil {
		return fmt.Errorf("failed to decode Opus: %w", err)
	}
	const ratio = granuleRate / SampleRate
	skip, left := s.preSkip/ratio, (s.samples+ratio-1)/ratio
	out := make([]float32, SampleRate*120/1000)
	r := packets{pages: &pages{src: s.src}, serial: s.serial, number: -1}
	for left > 0 {
		packet, _, err := r.next()
		if err != nil {
			return fmt.Errorf("failed to decode Opus: %w", err)
		}
		if r.number < 2 {
			continue
		}
		n, err := decoder.DecodeToFloat32(packet, out)
		if err != nil {
			return fmt.Errorf("failed to decode Opus packet %d: %w", r.number, err)
		}
		samples := out[:n]
		dropped := min(skip, n)
		skip -= dropped
		samples = samples[dropped:]
		samples = samples[:min(int64(len(samples)), left)]
		left -= int64(len(samples))
		sound(samples)
	}
	return nil
}
