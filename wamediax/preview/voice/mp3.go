package voice

import (
	"encoding/binary"
	"fmt"
	"io"

	"github.com/hajimehoshi/go-mp3"
)

// mp3Delay is the delay of an MP3 decoder in samples. LAME's tag counts the encoder's alone.
const mp3Delay = 529

// isMP3 recognises an ID3v2 tag and a frame of MPEG audio layer III.
func isMP3(head []byte) bool {
	return len(head) >= 4 && (string(head[:3]) == "ID3" || head[0] == 0xFF && head[1]&0xE6 == 0xE2)
}

// mp3Sound is decoded MP3.
type mp3Sound struct {
	src     *offsetReader
	decoder *mp3.Decoder
	buf     []byte    // what go-mp3 gives: 16-bit stereo
	lead    int       // samples to drop from the beginning
	tail    int       // samples to drop from the end
	held    []float32 // the latest samples, of which tail may be the last
}

func openMP3(in *offsetReader) (sound, error) {
	if err := skipID3(in); err != nil {
		return nil, err
	}
	m := &mp3Sound{src: in, buf: make([]byte, 4096)}
	m.lead, m.tail = gaps(in)
	if err := m.guard(func() (err error) {
		m.decoder, err = mp3.NewDecoder(readerOnly{in})
		return err
	}); err != nil {
		if err == io.EOF {
			return nil, fmt.Errorf("%w: MP3 has no complete frame in its %d bytes", ErrFormat, in.offset)
		}
		return nil, err
	}
	if rate := m.rate(); rate < minRate || rate > maxRate {
		return nil, fmt.Errorf("%w: MP3 has a sample rate of %d Hz", ErrFormat, rate)
	}
	return m, nil
}

func (m *mp3Sound) rate() int { return m.decoder.SampleRate() }

func (m *mp3Sound) read(dst []float32) (int, error) {
	for len(m.held) <= m.tail {
		var n int
		if err := m.guard(func() (err error) {
			n, err = m.decoder.Read(m.buf)
			return err
		}); err != nil {
			return 0, err
		}
		for frame := m.buf[:n]; len(frame) >= 4; frame = frame[4:] {
			if m.lead > 0 {
				m.lead--
				continue
			}
			m.held = append(m.held, (Int16.sample(frame)+Int16.sample(frame[2:]))/2)
		}
	}
	n := copy(dst, m.held[:len(m.held)-m.tail])
	m.held = m.held[:copy(m.held, m.held[n:])]
	return n, nil
}

// guard calls go-mp3, which reports a source that fails as the end of the sound in places, and indexes out of range
// for some broken files.
func (m *mp3Sound) guard(call func() error) (err error) {
	defer func() {
		if broken := recover(); broken != nil {
			err = fmt.Errorf("%w: MP3 is damaged before byte %d: %v", ErrFormat, m.src.offset, broken)
		}
	}()
	err = call()
	switch {
	case m.src.err != nil:
		return fmt.Errorf("failed to read sound at byte %d: %w", m.src.offset, m.src.err)
	case err != nil && err != io.EOF:
		return fmt.Errorf("%w: MP3 is damaged before byte %d: %v", ErrFormat, m.src.offset, err)
	}
	return err
}

// skipID3 skips ID3v2 tags, of which some hold pictures of many megabytes.
func skipID3(in *offsetReader) error {
	for {
		head, err := in.Peek(10)
		if err != nil || string(head[:3]) != "ID3" {
			return nil // a failing source fails again in the decoder
		}
		size := 10 + int64(head[6]&0x7F)<<21 + int64(head[7]&0x7F)<<14 + int64(head[8]&0x7F)<<7 + int64(head[9]&0x7F)
		if head[5]&0x10 != 0 {
			size += 10 // footer
		}
		if err := in.skip(size); err == io.EOF {
			return fmt.Errorf("MP3 is truncated: source ends at byte %d, in an ID3 tag of %d bytes: %w",
				in.offset, size, io.ErrUnexpectedEOF)
		} else if err != nil {
			return fmt.Errorf("failed to read the MP3's ID3 tag at byte %d: %w", in.offset, err)
		}
	}
}

// gaps returns how many samples at either end are an encoder's padding rather than sound. LAME and ffmpeg note it in
// a first frame without sound (http://gabriel.mp3-tech.org/mp3infotag.html). Without such a frame there is nothing to
// cut.
func gaps(in *offsetReader) (lead, tail int) {
	head, _ := in.Peek(256)
	if len(head) < 4 || !isMP3(head) {
		return 0, 0
	}
	mpeg1, mono := head[1]&0x08 != 0, head[3]>>6 == 3
	side, samples := 32, 1152
	switch {
	case mpeg1 && mono:
		side = 17
	case !mpeg1 && mono:
		side, samples = 9, 576
	case !mpeg1:
		side, samples = 17, 576
	}
	if len(head) < 4+side+8 {
		return 0, 0
	}
	tag := head[4+side:]
	if name := string(tag[:4]); name != "Info" && name != "Xing" {
		return 0, 0
	}
	lead = samples // the frame itself
	at := 8
	for bit, size := range []int{4, 4, 100, 4} { // frames, bytes, table of contents, quality
		if binary.BigEndian.Uint32(tag[4:])>>bit&1 != 0 {
			at += size
		}
	}
	if len(tag) < at+24 || tag[at] != 'L' { // LAME, Lavf, Lavc
		return lead, 0
	}
	gap := tag[at+21:]
	lead += (int(gap[0])<<4 | int(gap[1])>>4) + mp3Delay
	tail = max((int(gap[1]&0x0F)<<8|int(gap[2]))-mp3Delay, 0)
	return lead, tail
}
