// Package webptest makes WebP files for tests.
package webptest

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"

	"github.com/HugoSmits86/nativewebp"
)

// Lossless returns img as a WebP file without loss.
func Lossless(img image.Image) []byte {
	var out bytes.Buffer
	if err := nativewebp.Encode(&out, img, nil); err != nil {
		panic(err)
	}
	return out.Bytes()
}

// OneColour returns a lossless WebP file of one colour with a single chunk, VP8L. However large the
// picture is, the file has the same few bytes: the prefix code of each channel has one symbol, so
// pixels need no bits.
func OneColour(width, height int, c color.NRGBA) []byte {
	var chunk []byte
	var buffer, filled uint64
	bits := func(value, n uint64) {
		buffer |= value << filled
		for filled += n; filled >= 8; filled -= 8 {
			chunk, buffer = append(chunk, byte(buffer)), buffer>>8
		}
	}
	bits(0x2f, 8)
	bits(uint64(width-1), 14)
	bits(uint64(height-1), 14)
	bits(1, 1+3+3) // alpha; version 0; no transform, colour cache or meta prefix codes
	for _, symbol := range []byte{c.G, c.R, c.B, c.A, 0} {
		bits(0b101, 3) // simple code, one symbol of 8 bits
		bits(uint64(symbol), 8)
	}
	bits(0, 7)
	if len(chunk)%2 == 1 {
		chunk = append(chunk, 0)
	}
	file := binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(12+len(chunk)))
	file = binary.LittleEndian.AppendUint32(append(file, "WEBPVP8L"...), uint32(len(chunk)))
	return append(file, chunk...)
}
