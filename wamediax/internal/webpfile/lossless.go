package webpfile

import "image"

// EncodeSmall returns img as a WebP without loss, in the plainest form there is: each colour is written as it is, in 8 bits.
// That makes 4 bytes per pixel, so it is for icons; but it takes no codec, and the same picture always gives the same bytes.
func EncodeSmall(img *image.NRGBA) []byte {
	size := img.Bounds().Size()
	var w bitWriter
	w.bits(0x2f, 8)
	w.bits(uint32(size.X-1), 14)
	w.bits(uint32(size.Y-1), 14)
	w.bits(1, 1)  // alpha is used
	w.bits(0, 3)  // version
	w.bits(0, 1)  // no transform
	w.bits(0, 1)  // no colour cache
	w.bits(0, 1)  // the same prefix codes everywhere
	for range 4 { // green (and lengths, of which none occurs), red, blue, alpha
		w.eightBitCode()
	}
	w.bits(0b0001, 4) // distances: a simple code of one symbol, which is 0

	for y := img.Rect.Min.Y; y < img.Rect.Max.Y; y++ {
		for x := img.Rect.Min.X; x < img.Rect.Max.X; x++ {
			c := img.NRGBAAt(x, y)
			for _, v := range [4]uint8{c.G, c.R, c.B, c.A} {
				w.code(v)
			}
		}
	}
	var out Builder
	out.chunk("VP8L", w.bytes())
	return out.Bytes()
}

// bitWriter writes the least significant bit first.
type bitWriter struct {
	out    []byte
	buffer uint64
	filled int
}

func (w *bitWriter) bits(value uint32, n int) {
	w.buffer |= uint64(value) << w.filled
	for w.filled += n; w.filled >= 8; w.filled -= 8 {
		w.out = append(w.out, byte(w.buffer))
		w.buffer >>= 8
	}
}

// eightBitCode describes a prefix code in which the symbols 0 to 255 have 8 bits each, and any others do not occur.
func (w *bitWriter) eightBitCode() {
	w.bits(0, 1)        // not simple
	w.bits(12-4, 4)     // 12 lengths of the code in which the lengths themselves are written, in the order of the format:
	for i := range 12 { // 17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8
		length := uint32(0)
		if i == 11 || i == 2 {
			length = 1 // the lengths 0 and 8 have one bit each
		}
		w.bits(length, 3)
	}
	w.bits(1, 1)     // not all symbols have a length written
	w.bits(3, 3)     // how many do, in 2+2·3 bits:
	w.bits(256-2, 8) // 256
	for range 256 {
		w.bits(1, 1) // 8, the second of the two
	}
}

// code writes a symbol: prefix codes begin with their most significant bit.
func (w *bitWriter) code(symbol uint8) {
	reversed := uint32(0)
	for i := range 8 {
		reversed |= uint32(symbol>>i&1) << (7 - i)
	}
	w.bits(reversed, 8)
}

func (w *bitWriter) bytes() []byte {
	if w.filled > 0 {
		w.out = append(w.out, byte(w.buffer))
		w.buffer, w.filled = 0, 0
	}
	return w.out
}
