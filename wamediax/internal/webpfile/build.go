package webpfile

import (
	"bytes"
	"encoding/binary"
)

// Builder builds a WebP file. The zero value is an empty file.
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

// Animation begins an animation that loops forever, on a transparent canvas. Call it before
// anything else.
func (b *Builder) Animation(width, height int) {
	b.extended(flagAnimation, width, height)
	b.chunk("ANIM", make([]byte, 6))
}

// Frame adds a frame at frame's position, with the chunks of its picture ([File.Chunks]). X and Y
// must be even.
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
		b.body[8] |= flagAlpha // in VP8X, after its name and length
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
