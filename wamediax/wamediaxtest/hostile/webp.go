package hostile

import (
	"bytes"
	"encoding/binary"
)

func riffChunk(name string, data []byte) []byte {
	b := binary.LittleEndian.AppendUint32([]byte(name), uint32(len(data)))
	b = append(b, data...)
	if len(data)%2 == 1 {
		b = append(b, 0)
	}
	return b
}

func webp(body []byte) []byte { return riffChunk("RIFF", append([]byte("WEBP"), body...)) }

// vp8l returns a lossless picture of one colour, whose pixels take no bits.
func vp8l(width, height int) []byte {
	var bits uint64
	var n uint
	var body []byte
	put := func(value uint64, count uint) {
		for bits, n = bits|value<<n, n+count; n >= 8; bits, n = bits>>8, n-8 {
			body = append(body, byte(bits))
		}
	}
	put(0x2f, 8)
	put(uint64(width-1), 14)
	put(uint64(height-1), 14)
	put(0, 1+3+1+1+1) // no alpha, version 0, no transform, no colour cache, no meta prefix codes
	for _, symbol := range []uint64{120, 200, 60, 255, 0} {
		put(0b101, 3) // a simple code of one 8-bit symbol
		put(symbol, 8)
	}
	put(0, 7)
	return riffChunk("VP8L", body)
}

func uint24(values ...int) (b []byte) {
	for _, v := range values {
		b = append(b, byte(v), byte(v>>8), byte(v>>16))
	}
	return b
}

// animated returns an animation of equal frames.
func animated(width, height, count int) []byte {
	header := append([]byte{1 << 1, 0, 0, 0}, uint24(width-1, height-1)...)
	body := append(riffChunk("VP8X", header), riffChunk("ANIM", make([]byte, 6))...)
	frame := append(uint24(0, 0, width-1, height-1, 20), 0)
	return webp(append(body, bytes.Repeat(riffChunk("ANMF", append(frame, vp8l(width, height)...)), count)...))
}

// junk contains only empty chunks of an unknown type.
func junk() []byte { return webp(bytes.Repeat(riffChunk("JUNK", nil), 1_000_000)) }
