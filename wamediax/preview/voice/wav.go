package voice

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
)

// Values of a WAV's format tag.
const (
	wavePCM        = 0x0001
	waveFloat      = 0x0003
	waveExtensible = 0xFFFE // the tag is in the first two bytes of the subformat
)

// guidTail follows the tag in the subformat of every WAVE_FORMAT_EXTENSIBLE that stands for a plain format tag.
const guidTail = "\x00\x00\x00\x00\x10\x00\x80\x00\x00\xaa\x00\x38\x9b\x71"

// unknownSize is the least size of a data chunk that is taken for "unknown". Writers that cannot go back to fill it
// in leave 0xFFFFFFFF (ffmpeg), or something just below 2 GiB (sox, espeak-ng).
const unknownSize = 0x7FFF_0000

// openWAV reads up to the first sample. It goes by the chunks alone: the file's size in the RIFF header is wrong in
// many files.
func openWAV(in *offsetReader) (sound, error) {
	var riff [12]byte
	if _, err := io.ReadFull(in, riff[:]); err != nil {
		return nil, wavError(in, "header")
	}
	var found *layout
	for {
		var head [8]byte
		if _, err := io.ReadFull(in, head[:]); err != nil {
			if err == io.EOF {
				return nil, fmt.Errorf("%w: WAV ends at byte %d without a data chunk", ErrFormat, in.offset)
			}
			return nil, wavError(in, "chunk header")
		}
		id, size := string(head[:4]), int64(binary.LittleEndian.Uint32(head[4:]))
		if id == "data" {
			if found == nil {
				return nil, fmt.Errorf("%w: WAV has its data chunk, at byte %d, before any fmt chunk", ErrFormat, in.offset-8)
			}
			streamed := binary.LittleEndian.Uint32(riff[4:])
			if size >= unknownSize || size == 0 && (streamed == 0 || streamed == math.MaxUint32) {
				size = untilEOF
			}
			return newPCM(in, *found, size), nil
		}
		padded := size + size%2
		if id == "fmt " {
			body := make([]byte, min(size, 40))
			if _, err := io.ReadFull(in, body); err != nil {
				return nil, wavError(in, "fmt chunk")
			}
			l, err := waveLayout(body)
			if err != nil {
				return nil, err
			}
			found = &l
			padded -= int64(len(body))
		}
		if err := in.skip(padded); err != nil {
			return nil, wavError(in, fmt.Sprintf("%q chunk", id))
		}
	}
}

// waveLayout reads a fmt chunk.
func waveLayout(body []byte) (layout, error) {
	if len(body) < 16 {
		return layout{}, fmt.Errorf("%w: WAV's fmt chunk has %d bytes, must have at least 16", ErrFormat, len(body))
	}
	tag := binary.LittleEndian.Uint16(body)
	channels := int(binary.LittleEndian.Uint16(body[2:]))
	rate := binary.LittleEndian.Uint32(body[4:])
	align := int(binary.LittleEndian.Uint16(body[12:]))
	bits := int(binary.LittleEndian.Uint16(body[14:]))
	if tag == waveExtensible {
		if len(body) < 40 || string(body[26:]) != guidTail {
			return layout{}, fmt.Errorf("%w: WAV has an extensible format without a known subformat", ErrFormat)
		}
		tag = binary.LittleEndian.Uint16(body[24:])
	}
	l := layout{sampleRate: int(min(rate, math.MaxInt32)), channels: channels}
	bytes := (bits + 7) / 8 // 12 bits, say, are the upper ones of 16
	switch {
	case tag == wavePCM && bytes == 1:
		l.format = Uint8
	case tag == wavePCM && bytes == 2:
		l.format = Int16
	case tag == wavePCM && bytes == 3:
		l.format = Int24
	case tag == wavePCM && bytes == 4:
		l.format = Int32
	case tag == waveFloat && bits == 32:
		l.format = Float32
	case tag == waveFloat && bits == 64:
		l.format = Float64
	default:
		return layout{}, fmt.Errorf("%w: WAV has format tag 0x%04X with %d bits, only PCM (8 to 32 bits) and float (32, 64) are decoded",
			ErrFormat, tag, bits)
	}
	if err := l.check(); err != nil {
		return layout{}, err
	}
	if align != l.frameBytes() {
		return layout{}, fmt.Errorf("%w: WAV says a frame is %d bytes long, but %d channels of %d bits are %d",
			ErrFormat, align, channels, bits, l.frameBytes())
	}
	return l, nil
}

// wavError says where a WAV broke off.
func wavError(in *offsetReader, part string) error {
	if in.err != nil {
		return fmt.Errorf("failed to read the WAV's %s at byte %d: %w", part, in.offset, in.err)
	}
	return fmt.Errorf("WAV is truncated: source ends at byte %d, in the %s: %w", in.offset, part, io.ErrUnexpectedEOF)
}
