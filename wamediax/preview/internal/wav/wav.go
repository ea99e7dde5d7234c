// Package wav reads the header of RIFF WAVE files, up to the first sample.
package wav

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"

	"github.com/wamediax/whatsmeow-ext/wamediax/preview/internal/bounded"
	"github.com/wamediax/whatsmeow-ext/wamediax/preview/internal/pcm"
)

// Format tags of a WAV.
const (
	tagPCM        = 0x0001
	tagFloat      = 0x0003
	tagExtensible = 0xFFFE // the tag is in the first two bytes of the subformat
)

// guidTail follows the format tag in the subformat of a WAVE_FORMAT_EXTENSIBLE that has a plain
// format tag.
const guidTail = "\x00\x00\x00\x00\x10\x00\x80\x00\x00\xaa\x00\x38\x9b\x71"

// unknownSize is the smallest size of a data chunk that means "unknown". Writers that cannot seek
// back leave 0xFFFFFFFF (ffmpeg) or a value just below 2 GiB (sox, espeak-ng).
const unknownSize = 0x7FFF_0000

const maxChunks = 1000 // before the sound

// Header describes the samples. The chunks are specified in "Multimedia
// Programming Interface and Data Specifications 1.0", and WAVEFORMATEXTENSIBLE
// for later formats.
type Header struct {
	Channels   int
	SampleRate uint32 // Hz
	FrameBytes int    // size of one sample of every channel, if the format is Plain
	Size       int64  // bytes of samples, or pcm.UntilEOF
	Samples    uint32 // per channel, for formats that are not Plain; 0 if unknown

	tag, bits int
	found     bool // the fmt chunk
}

// Is reports whether head, of at least 12 bytes, is the beginning of a WAV.
func Is(head []byte) bool {
	return len(head) >= 12 && (string(head[:4]) == "RIFF" || string(head[:4]) == "RF64") && string(head[8:12]) == "WAVE"
}

// ReadHeader reads up to the first sample. It ignores the file size in the RIFF
// header, which is wrong in many files. Its error wraps pcm.ErrFormat for an
// invalid file and io.ErrUnexpectedEOF for a truncated one.
func ReadHeader(in *bounded.Stream) (Header, error) {
	var riff [12]byte
	if _, err := io.ReadFull(in, riff[:]); err != nil {
		return Header{}, cutOff(in, "header")
	}
	if !Is(riff[:]) {
		return Header{}, fmt.Errorf("%w: no RIFF WAVE header", pcm.ErrFormat)
	}
	var h Header
	for range maxChunks {
		var head [8]byte
		if _, err := io.ReadFull(in, head[:]); err != nil {
			if err == io.EOF {
				return Header{}, fmt.Errorf("%w: WAV ends at byte %d without a data chunk", pcm.ErrFormat, in.Offset())
			}
			return Header{}, cutOff(in, "chunk header")
		}
		id, size := string(head[:4]), int64(binary.LittleEndian.Uint32(head[4:]))
		var body []byte
		switch id {
		case "data":
			if !h.found {
				return Header{}, fmt.Errorf("%w: WAV has its data chunk, at byte %d, before any fmt chunk", pcm.ErrFormat, in.Offset()-8)
			}
			streamed := binary.LittleEndian.Uint32(riff[4:])
			if h.Size = size; size >= unknownSize || size == 0 && (streamed == 0 || streamed == math.MaxUint32) {
				h.Size = pcm.UntilEOF
			}
			return h, nil
		case "fmt ":
			body = make([]byte, min(size, 40))
		case "fact":
			body = make([]byte, min(size, 4))
		}
		if _, err := io.ReadFull(in, body); err != nil {
			return Header{}, cutOff(in, fmt.Sprintf("%q chunk", id))
		}
		if id == "fmt " {
			if err := h.setFormat(body); err != nil {
				return Header{}, err
			}
		} else if len(body) == 4 {
			h.Samples = binary.LittleEndian.Uint32(body)
		}
		if err := in.Skip(size + size%2 - int64(len(body))); err != nil {
			return Header{}, cutOff(in, fmt.Sprintf("%q chunk", id))
		}
	}
	return Header{}, fmt.Errorf("%w: WAV has no data in its first %d chunks", pcm.ErrFormat, maxChunks)
}

// setFormat parses a fmt chunk.
func (h *Header) setFormat(body []byte) error {
	if len(body) < 16 {
		return fmt.Errorf("%w: WAV's fmt chunk has %d bytes, must have at least 16", pcm.ErrFormat, len(body))
	}
	u16 := func(at int) int { return int(binary.LittleEndian.Uint16(body[at:])) }
	h.found = true
	h.tag, h.Channels, h.FrameBytes, h.bits = u16(0), u16(2), u16(12), u16(14)
	h.SampleRate = binary.LittleEndian.Uint32(body[4:])
	if h.tag == tagExtensible && len(body) == 40 && string(body[26:]) == guidTail {
		h.tag = u16(24)
	}
	if h.Channels == 0 || h.SampleRate == 0 || h.FrameBytes == 0 {
		return fmt.Errorf("%w: WAV has %d channels at %d Hz, in frames of %d bytes",
			pcm.ErrFormat, h.Channels, h.SampleRate, h.FrameBytes)
	}
	return nil
}

// Plain reports whether the samples are integers or floats of one size, not a
// compressed format such as ADPCM.
func (h Header) Plain() bool { return h.tag == tagPCM || h.tag == tagFloat }

// Layout returns the layout of the samples, or an error that wraps pcm.ErrFormat.
func (h Header) Layout() (pcm.Layout, error) {
	l := pcm.Layout{SampleRate: int(min(h.SampleRate, math.MaxInt32)), Channels: h.Channels}
	bytes := (h.bits + 7) / 8 // for example, 12 bits are the upper ones of 16
	switch {
	case h.tag == tagPCM && bytes == 1:
		l.Format = pcm.Uint8
	case h.tag == tagPCM && bytes == 2:
		l.Format = pcm.Int16
	case h.tag == tagPCM && bytes == 3:
		l.Format = pcm.Int24
	case h.tag == tagPCM && bytes == 4:
		l.Format = pcm.Int32
	case h.tag == tagFloat && h.bits == 32:
		l.Format = pcm.Float32
	case h.tag == tagFloat && h.bits == 64:
		l.Format = pcm.Float64
	case h.tag == tagExtensible:
		return pcm.Layout{}, fmt.Errorf("%w: WAV has an extensible format without a known subformat", pcm.ErrFormat)
	default:
		return pcm.Layout{}, fmt.Errorf("%w: WAV has format tag 0x%04X with %d bits, only PCM (8 to 32 bits) and float (32, 64) are decoded",
			pcm.ErrFormat, h.tag, h.bits)
	}
	if err := l.Check(); err != nil {
		return pcm.Layout{}, err
	}
	if h.FrameBytes != l.FrameBytes() {
		return pcm.Layout{}, fmt.Errorf("%w: WAV claims frames of %d bytes, but %d channels of %d bits are %d",
			pcm.ErrFormat, h.FrameBytes, h.Channels, h.bits, l.FrameBytes())
	}
	return l, nil
}

// cutOff returns the error of a truncated WAV, with the offset.
func cutOff(in *bounded.Stream, part string) error {
	if in.Err() != nil {
		return fmt.Errorf("failed to read the WAV's %s at byte %d: %w", part, in.Offset(), in.Err())
	}
	return fmt.Errorf("WAV is truncated: source ends at byte %d, in the %s: %w", in.Offset(), part, io.ErrUnexpectedEOF)
}
