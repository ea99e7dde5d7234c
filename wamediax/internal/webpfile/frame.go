package webpfile

import (
	"bytes"
	"encoding/binary"
	"io"
)

// Still returns frame as a separate WebP file, which is read from f's source.
func (f *File) Still(frame Frame) io.Reader {
	size := uint32(4)
	var parts []io.Reader
	add := func(name string, length int64, content io.Reader) {
		header := binary.LittleEndian.AppendUint32([]byte(name), uint32(length))
		parts = append(parts, bytes.NewReader(header), content)
		size += 8 + uint32(length)
		if length&1 == 1 {
			parts = append(parts, bytes.NewReader([]byte{0}))
			size++
		}
	}
	if !frame.Lossless && frame.alpha.length > 0 {
		x := appendUint24([]byte{flagAlpha, 0, 0, 0}, frame.Width-1, frame.Height-1)
		add("VP8X", int64(len(x)), bytes.NewReader(x))
		add("ALPH", frame.alpha.length, f.section(frame.alpha))
	}
	add(frame.picture.name, frame.picture.length, f.section(frame.picture))
	head := binary.LittleEndian.AppendUint32([]byte("RIFF"), size)
	return io.MultiReader(append([]io.Reader{bytes.NewReader(append(head, "WEBP"...))}, parts...)...)
}

func (f *File) section(c chunk) io.Reader { return io.NewSectionReader(f.src, c.offset, c.length) }

// Bytes returns the size of frame in the file: the bytes of its picture and of its alpha chunk.
func (frame Frame) Bytes() (picture, alpha int64) { return frame.picture.length, frame.alpha.length }

func (f *File) load(c chunk) ([]byte, error) {
	data := make([]byte, c.length)
	p := parser{src: f.src}
	return data, p.read(data, c.offset, c.offset+c.length)
}

// Chunks returns a copy of frame's chunks for [Builder.Frame].
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
