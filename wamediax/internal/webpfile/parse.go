// Package webpfile reads the container of untrusted WebP files. It lists their
// frames without decoding them, and returns each frame as a separate file for a
// decoder. It also builds an animation from encoded frames. It encodes no
// pictures.
//
// The format is that of
// https://developers.google.com/speed/webp/docs/riff_container and RFC 9649.
package webpfile

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"io"
	"time"
)

var (
	// ErrInvalid means that the file is not a WebP, or broken.
	ErrInvalid = errors.New("not a valid WebP file")
	// ErrTruncated means that the file is shorter than its header claims. It wraps [ErrInvalid].
	ErrTruncated = fmt.Errorf("%w: file is truncated", ErrInvalid)
)

const (
	maxChunks = 1 << 15 // in a file; a frame is one. No sticker has a hundredth of that.
	maxSide   = 1 << 14 // the most that headers of VP8 and VP8L can have

	flagAnimation = 1 << 1
	flagAlpha     = 1 << 4
)

// File describes a WebP file, from its headers.
type File struct {
	Width, Height int
	Animated      bool // it has the animation flag
	Frames        []Frame
	src           io.ReaderAt
}

// Frame is one picture of a file: the only one of a still file, which fills the canvas.
type Frame struct {
	X, Y, Width, Height int
	Duration            time.Duration // 0 in a still file
	Replace             bool          // it replaces the canvas instead of blending with it
	Dispose             bool          // its area is cleared before the next frame
	Lossless            bool          // the picture is VP8L instead of VP8
	picture, alpha      chunk
}

// Duration returns the total duration of all frames.
func (f *File) Duration() time.Duration {
	var sum time.Duration
	for _, frame := range f.Frames {
		sum += frame.Duration
	}
	return sum
}

// chunk is a part of a file: its name, and the offset and size of its content.
type chunk struct {
	name           string
	offset, length int64
}

// Parse reads the headers of src, which has size bytes: at most 40 bytes per chunk. It stores about
// 100 bytes per frame. Its error wraps [ErrInvalid] or src's error.
func Parse(src io.ReaderAt, size int64) (*File, error) {
	p := parser{src: src}
	var header [12]byte
	if err := p.read(header[:], 0, size); err != nil {
		return nil, err
	}
	if string(header[:4]) != "RIFF" || string(header[8:]) != "WEBP" {
		return nil, fmt.Errorf("%w: file does not begin with RIFF and WEBP", ErrInvalid)
	}
	end := 8 + int64(binary.LittleEndian.Uint32(header[4:]))
	if end > size {
		return nil, fmt.Errorf("%w: it ends at byte %d of %d", ErrTruncated, size, end)
	}
	file := &File{src: src}
	extended := false
	still := Frame{}
	err := p.chunks(12, end, func(c chunk) error {
		switch {
		case c.name == "VP8X" && c.offset == 12+8:
			var x [10]byte
			if err := p.read(x[:], c.offset, c.offset+c.length); err != nil {
				return err
			}
			extended = true
			file.Animated = x[0]&flagAnimation != 0
			file.Width, file.Height = 1+uint24(x[4:]), 1+uint24(x[7:])
			return nil
		case c.name == "ANMF" && file.Animated:
			frame, err := p.frame(c)
			if err != nil {
				return fmt.Errorf("frame %d: %w", len(file.Frames), err)
			}
			if frame.X+frame.Width > file.Width || frame.Y+frame.Height > file.Height {
				return fmt.Errorf("%w: frame %d extends beyond the canvas", ErrInvalid, len(file.Frames))
			}
			file.Frames = append(file.Frames, frame)
			return nil
		case file.Animated:
			return nil
		default:
			return p.picture(&still, c)
		}
	})
	if err != nil {
		return nil, err
	}
	if !file.Animated {
		if still.picture.length == 0 {
			return nil, fmt.Errorf("%w: file or frame has no picture", ErrInvalid)
		}
		if extended && (still.Width != file.Width || still.Height != file.Height) {
			return nil, fmt.Errorf("%w: sizes of the picture and of its header differ", ErrInvalid)
		}
		file.Width, file.Height = still.Width, still.Height
		file.Frames = []Frame{still}
	}
	if len(file.Frames) == 0 {
		return nil, fmt.Errorf("%w: animation has no frames", ErrInvalid)
	}
	return file, nil
}

// HeadSize returns the dimensions from the first 30 bytes of a file.
func HeadSize(head []byte) (image.Point, error) {
	p := parser{src: bytes.NewReader(head)}
	c := chunk{string(head[12:16]), 20, int64(len(head)) - 20}
	if c.name == "VP8X" {
		return image.Pt(1+uint24(head[24:]), 1+uint24(head[27:])), nil
	}
	var frame Frame
	if err := p.picture(&frame, c); err != nil {
		return image.Point{}, err
	}
	if frame.picture.length == 0 {
		return image.Point{}, fmt.Errorf("%w: first chunk is %q", ErrInvalid, c.name)
	}
	return image.Pt(frame.Width, frame.Height), nil
}

type parser struct {
	src   io.ReaderAt
	count int
}

// read fills buf from offset. It returns ErrTruncated beyond end.
func (p *parser) read(buf []byte, offset, end int64) error {
	if offset+int64(len(buf)) > end {
		return fmt.Errorf("%w at byte %d", ErrTruncated, end)
	}
	n, err := p.src.ReadAt(buf, offset)
	if n == len(buf) {
		return nil
	}
	if err == nil || errors.Is(err, io.EOF) {
		return fmt.Errorf("%w at byte %d", ErrTruncated, offset+int64(n))
	}
	return err
}

// chunks calls visit for each chunk from offset to end.
func (p *parser) chunks(offset, end int64, visit func(chunk) error) error {
	for end-offset >= 8 {
		if p.count++; p.count > maxChunks {
			return fmt.Errorf("%w: file has more than %d chunks", ErrInvalid, maxChunks)
		}
		var header [8]byte
		if err := p.read(header[:], offset, end); err != nil {
			return err
		}
		c := chunk{string(header[:4]), offset + 8, int64(binary.LittleEndian.Uint32(header[4:]))}
		if c.offset+c.length > end {
			return fmt.Errorf("%w: chunk %q at byte %d extends beyond the end", ErrInvalid, c.name, offset)
		}
		if err := visit(c); err != nil {
			return err
		}
		offset = c.offset + c.length + c.length&1
	}
	return nil
}

// frame reads an ANMF chunk.
func (p *parser) frame(c chunk) (Frame, error) {
	var h [16]byte
	if err := p.read(h[:], c.offset, c.offset+c.length); err != nil {
		return Frame{}, err
	}
	frame := Frame{
		Duration: time.Duration(uint24(h[12:])) * time.Millisecond,
		Replace:  h[15]&2 != 0,
		Dispose:  h[15]&1 != 0,
	}
	err := p.chunks(c.offset+16, c.offset+c.length, func(c chunk) error { return p.picture(&frame, c) })
	if err != nil {
		return Frame{}, err
	}
	if frame.picture.length == 0 {
		return Frame{}, fmt.Errorf("%w: file or frame has no picture", ErrInvalid)
	}
	if frame.Width != 1+uint24(h[6:]) || frame.Height != 1+uint24(h[9:]) {
		return Frame{}, fmt.Errorf("%w: sizes of the picture and of its header differ", ErrInvalid)
	}
	frame.X, frame.Y = 2*uint24(h[0:]), 2*uint24(h[3:])
	return frame, nil
}

// picture adds c to frame if it is a part of the picture that frame does not have yet.
func (p *parser) picture(frame *Frame, c chunk) error {
	switch {
	case frame.picture.length > 0:
	case c.name == "ALPH" && frame.alpha.length == 0:
		frame.alpha = c
	case c.name == "VP8 ":
		var h [10]byte
		if err := p.read(h[:], c.offset, c.offset+c.length); err != nil {
			return err
		}
		if h[0]&1 != 0 || string(h[3:6]) != "\x9d\x01\x2a" {
			return fmt.Errorf("%w: picture does not begin like VP8", ErrInvalid)
		}
		frame.Width, frame.Height = uint14(h[6:]), uint14(h[8:])
		frame.picture = c
	case c.name == "VP8L":
		var h [5]byte
		if err := p.read(h[:], c.offset, c.offset+c.length); err != nil {
			return err
		}
		bits := binary.LittleEndian.Uint32(h[1:])
		if h[0] != 0x2f || bits>>29 != 0 {
			return fmt.Errorf("%w: picture does not begin like VP8L", ErrInvalid)
		}
		frame.Width, frame.Height = 1+int(bits%maxSide), 1+int(bits>>14%maxSide)
		frame.Lossless, frame.picture = true, c
	}
	if frame.picture.length > 0 && (frame.Width == 0 || frame.Height == 0) {
		return fmt.Errorf("%w: picture has no size", ErrInvalid)
	}
	return nil
}

func uint24(b []byte) int { return int(b[0]) | int(b[1])<<8 | int(b[2])<<16 }

func uint14(b []byte) int { return int(binary.LittleEndian.Uint16(b) % maxSide) }
