// Package opus reads Opus in Ogg (RFC 7845), the format of voice notes:
// duration, channels and samples. It decodes with github.com/pion/opus.
package opus

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	pion "github.com/pion/opus"

	"github.com/wamediax/whatsmeow-ext/wamediax/preview/internal/bounded"
	"github.com/wamediax/whatsmeow-ext/wamediax/preview/internal/ogg"
)

const (
	// SampleRate is the rate at which Decode returns samples.
	SampleRate = 16000

	granuleRate = 48000
)

// ErrNotOpus is returned, wrapped, for an Ogg file with another codec, such as
// Vorbis.
var ErrNotOpus = errors.New("no Opus stream")

// Stream is an Ogg file whose first stream is Opus.
type Stream struct {
	Channels int
	Duration time.Duration

	src     *bounded.Reader
	serial  uint32
	preSkip int   // samples at 48 kHz to drop from the start
	samples int64 // at 48 kHz, after preSkip
	mapped  bool  // surround, which the decoder does not support
}

// Open reads the first pages and the last one. With some errors it also returns
// a Stream, which has Channels but no Duration.
func Open(src *bounded.Reader) (*Stream, error) {
	pages := ogg.NewPages(src)
	p, err := pages.Next()
	if err != nil {
		return nil, fmt.Errorf("failed to read Ogg: %w", err)
	}
	// RFC 7845 section 5.1. The upper half of the version would change what follows.
	head := p.Body
	if len(head) < 19 || string(head[:8]) != "OpusHead" || head[8]&0xf0 != 0 || head[9] == 0 {
		return nil, ErrNotOpus
	}
	s := &Stream{src: src, serial: p.Serial, Channels: int(head[9]), mapped: head[18] != 0,
		preSkip: int(binary.LittleEndian.Uint16(head[10:]))}
	start, err := s.start(pages)
	if err == nil {
		var end int64
		end, err = ogg.LastGranule(src, s.serial)
		s.samples = max(end-start-int64(s.preSkip), 0)
	}
	if err != nil {
		return s, fmt.Errorf("failed to read Ogg: %w", err)
	}
	s.Duration = bounded.Duration(uint64(s.samples), granuleRate)
	return s, nil
}

// start returns the position at which the sound begins. It is not 0 in an excerpt
// of a longer recording, whose first page with sound ends later than its packets
// last (RFC 7845 section 4.5).
func (s *Stream) start(pages *ogg.Pages) (int64, error) {
	r := ogg.NewPackets(pages, s.serial, 1)
	var length int64
	for {
		packet, last, err := r.Next()
		switch {
		case err != nil:
			return 0, nil // Decode returns the error
		case r.Number == 1: // comments
			continue
		}
		length += int64(packetSamples(packet))
		if last && r.Page.Granule >= 0 {
			if r.Page.Last() {
				return 0, nil // the last page's position can be early, to trim the end
			}
			return max(r.Page.Granule-length, 0), nil
		}
	}
}

// packetSamples returns the duration of an Opus packet in samples at 48 kHz
// (RFC 6716 section 3.1).
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

// Decode passes the stream's samples, mixed to one channel, at SampleRate, to
// sound, which must not retain them. It ends with an error at the first packet
// that cannot be decoded; sound has then received the samples before it.
func (s *Stream) Decode(sound func([]float32)) error {
	if s.mapped {
		return errors.New("failed to decode Opus: surround sound is not supported")
	}
	decoder, err := pion.NewDecoderWithOutput(SampleRate, 1)
	if err != nil {
		return fmt.Errorf("failed to decode Opus: %w", err)
	}
	const ratio = granuleRate / SampleRate
	skip, left := s.preSkip/ratio, (s.samples+ratio-1)/ratio
	out := make([]float32, SampleRate*120/1000)
	r := ogg.NewPackets(ogg.NewPages(s.src), s.serial, 0)
	for left > 0 {
		packet, _, err := r.Next()
		if err != nil {
			return fmt.Errorf("failed to decode Opus: %w", err)
		}
		if r.Number < 2 {
			continue
		}
		n, err := decoder.DecodeToFloat32(packet, out)
		if err != nil {
			return fmt.Errorf("failed to decode Opus packet %d: %w", r.Number, err)
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
