package picture

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image/png"
	"io"
)

// probePNG reads a PNG's header, and its palette if it has one.
func probePNG(src io.Reader) (Info, error) {
	var head bytes.Buffer
	config, err := png.DecodeConfig(io.TeeReader(src, &limitedBuffer{&head, pngHeader}))
	if err != nil {
		return Info{}, err
	}
	if head.Len() < pngHeader {
		return Info{}, errors.New("PNG has a short header")
	}
	pixels := int64(config.Width) * int64(config.Height)
	return Info{
		Format: PNG, Width: config.Width, Height: config.Height, Orientation: Upright,
		Frames: 1, framePixels: pixels, memory: pixels * pngPixelBytes(head.Bytes()),
	}, nil
}

// pngHeader is the length of the signature and the IHDR chunk, in bytes.
const pngHeader = 8 + 8 + 13

// pngPixelBytes returns the bytes per pixel that image/png needs. Transparency of a grey picture
// depends on a chunk that can come later, so it is assumed.
func pngPixelBytes(head []byte) int64 {
	const paletted = 3
	depth, kind, interlaced := head[24], head[25], head[28] != 0
	bytes := int64(4)
	switch {
	case depth == 16:
		bytes = 8
	case kind == paletted:
		bytes = 1
	}
	if interlaced {
		bytes *= 2 // each of the seven passes is first decoded to a separate picture
	}
	return bytes
}

// limitedBuffer keeps the first bytes that are written to it.
type limitedBuffer struct {
	*bytes.Buffer
	most int
}

func (b *limitedBuffer) Write(p []byte) (int, error) {
	b.Buffer.Write(p[:min(len(p), b.most-b.Len())])
	return len(p), nil
}

// pngScanner walks from chunk to chunk, up to IEND.
type pngScanner struct {
	head [8]byte // of the chunk: length and name
	have int     // bytes of head
	skip int64   // bytes before the next chunk; at first, the signature
	last bool    // the chunk is IEND
	end  bool
}

func (s *pngScanner) Complete() bool { return s.end }

func (s *pngScanner) Scan(p []byte) {
	for len(p) > 0 && !s.end {
		if s.skip > 0 {
			n := min(s.skip, int64(len(p)))
			p, s.skip = p[n:], s.skip-n
			s.end = s.last && s.skip == 0
			continue
		}
		n := copy(s.head[s.have:], p)
		p, s.have = p[n:], s.have+n
		if s.have == len(s.head) {
			s.have = 0
			s.last = string(s.head[4:]) == "IEND"
			s.skip = int64(binary.BigEndian.Uint32(s.head[:4])) + 4 // with the checksum
		}
	}
}
