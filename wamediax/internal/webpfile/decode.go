package webpfile

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"image/draw"

	"golang.org/x/image/webp"
)

// Decode decodes one frame of f, whose size it has. It takes memory by that size, so look at it first.
func (f *File) Decode(frame Frame) (image.Image, error) {
	picture, err := f.load(frame.picture)
	if err != nil {
		return nil, err
	}
	var out Builder
	if !frame.Lossless && frame.alpha.length > 0 {
		alpha, err := f.load(frame.alpha)
		if err != nil {
			return nil, err
		}
		out.extended(flagAlpha, frame.Width, frame.Height)
		out.chunk("ALPH", alpha)
	}
	out.chunk(frame.picture.name, picture)
	img, err := webp.Decode(bytes.NewReader(out.Bytes()))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	return coloured(img), nil
}

// Canvas puts the frames of a file on top of each other.
type Canvas struct {
	Image *image.RGBA // as it looks after the last frame
	file  *File
	clear image.Rectangle // before the next frame
}

// Canvas returns an empty canvas of f's size.
func (f *File) Canvas() *Canvas {
	return &Canvas{Image: image.NewRGBA(image.Rect(0, 0, f.Width, f.Height)), file: f}
}

// Draw decodes frame and draws it. Frames are drawn in order.
func (c *Canvas) Draw(frame Frame) error {
	img, err := c.file.Decode(frame)
	if err != nil {
		return err
	}
	draw.Draw(c.Image, c.clear, image.Transparent, image.Point{}, draw.Src)
	area := image.Rect(frame.X, frame.Y, frame.X+frame.Width, frame.Y+frame.Height)
	op := draw.Over
	if frame.Replace {
		op = draw.Src
	}
	draw.Draw(c.Image, area, img, img.Bounds().Min, op)
	c.clear = image.Rectangle{}
	if frame.Dispose {
		c.clear = area
	}
	return nil
}

func (f *File) load(c chunk) ([]byte, error) {
	data := make([]byte, c.length)
	p := parser{src: f.src}
	return data, p.read(data, c.offset, c.offset+c.length)
}

// Chunks returns the chunks of frame as they are in the file, ready for [Builder.Frame].
func (f *File) Chunks(frame Frame) ([]byte, error) {
	var out Builder
	for _, c := range []chunk{frame.alpha, frame.picture} {
		if c.length == 0 || c.name == "ALPH" && frame.Lossless {
			continue
		}
		data, err := f.load(c)
		if err != nil {
			return nil, err
		}
		out.chunk(c.name, data)
	}
	return out.body, nil
}

// Builder puts a WebP file together. The zero value is an empty file.
type Builder struct{ body []byte }

func (b *Builder) chunk(name string, data []byte) {
	b.body = append(b.body, name...)
	b.body = binary.LittleEndian.AppendUint32(b.body, uint32(len(data)))
	b.body = append(b.body, data...)
	if len(data)&1 == 1 {
		b.body = append(b.body, 0)
	}
}

func (b *Builder) extended(flags byte, width, height int) {
	b.chunk("VP8X", appendUint24([]byte{flags, 0, 0, 0}, width-1, height-1))
}

// Animation begins an animation that repeats for ever, on a transparent canvas. It is the first thing in a file.
func (b *Builder) Animation(width, height int) {
	b.extended(flagAnimation, width, height)
	b.chunk("ANIM", make([]byte, 6))
}

// Frame adds a frame; frame says where it goes, chunks is the picture ([File.Chunks]). X and Y are even.
func (b *Builder) Frame(frame Frame, chunks []byte) {
	h := appendUint24(nil, frame.X/2, frame.Y/2, frame.Width-1, frame.Height-1, int(frame.Duration.Milliseconds()))
	flags := byte(0)
	if frame.Replace {
		flags |= 2
	}
	if frame.Dispose {
		flags |= 1
	}
	b.chunk("ANMF", append(append(h, flags), chunks...))
	if bytes.HasPrefix(chunks, []byte("ALPH")) || bytes.HasPrefix(chunks, []byte("VP8L")) {
		b.body[8] |= flagAlpha // in VP8X, behind its name and length
	}
}

// Bytes returns the file.
func (b *Builder) Bytes() []byte {
	out := make([]byte, 0, 12+len(b.body))
	out = append(out, "RIFF"...)
	out = binary.LittleEndian.AppendUint32(out, uint32(4+len(b.body)))
	out = append(out, "WEBP"...)
	return append(out, b.body...)
}

func appendUint24(to []byte, values ...int) []byte {
	for _, v := range values {
		to = append(to, byte(v), byte(v>>8), byte(v>>16))
	}
	return to
}
