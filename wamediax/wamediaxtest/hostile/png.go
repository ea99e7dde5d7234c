package hostile

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"hash/crc32"
	"io"
)

func pngChunk(name string, data []byte) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(data)))
	b = append(append(b, name...), data...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[4:]))
}

// pngHeader returns the start of a PNG: signature, IHDR, and PLTE if kind requires one.
func pngHeader(width, height, depth, kind int, interlaced bool) []byte {
	header := binary.BigEndian.AppendUint32(nil, uint32(width))
	header = binary.BigEndian.AppendUint32(header, uint32(height))
	header = append(header, byte(depth), byte(kind), 0, 0, 0)
	if interlaced {
		header[12] = 1
	}
	b := append([]byte("\x89PNG\r\n\x1a\n"), pngChunk("IHDR", header)...)
	if kind == 3 {
		b = append(b, pngChunk("PLTE", make([]byte, 3*256))...)
	}
	return b
}

// zeroes returns a picture of zero bytes, which compress a thousandfold. If it is interlaced or
// larger than 140 MiB, it contains only the first 8 MiB.
func zeroes(width, height, depth, kind int, interlaced bool) []byte {
	channels := map[int]int{0: 1, 3: 1, 6: 4}[kind]
	size := int64(height) * int64(1+width*channels*depth/8)
	if size > 140<<20 || interlaced {
		size = 8 << 20
	}
	var packed bytes.Buffer
	w := zlib.NewWriter(&packed)
	_, _ = io.CopyN(w, zero{}, size)
	_ = w.Close()
	b := append(pngHeader(width, height, depth, kind, interlaced), pngChunk("IDAT", packed.Bytes())...)
	return append(b, pngChunk("IEND", nil)...)
}

// zero reads as an infinite sequence of zeros.
type zero struct{}

func (zero) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// chunks contains only empty text chunks.
func chunks() []byte {
	return append(pngHeader(8, 8, 8, 6, false), bytes.Repeat(pngChunk("tEXt", nil), 4_000_000)...)
}
