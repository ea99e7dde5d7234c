package hostile

import (
	"bytes"
	"compress/lzw"
	"encoding/binary"
	"io"
)

func gifHeader(width, height int) []byte {
	b := binary.LittleEndian.AppendUint16([]byte("GIF89a"), uint16(width))
	b = binary.LittleEndian.AppendUint16(b, uint16(height))
	return append(b, 0x80, 0, 0, 0, 0, 0, 255, 255, 255)
}

// frames returns an animation of equal frames of one colour, with disposal "restore to previous".
func frames(width, height, count int) []byte {
	var packed bytes.Buffer
	w := lzw.NewWriter(&packed, lzw.LSB, 2)
	_, _ = io.CopyN(w, zero{}, int64(width)*int64(height))
	_ = w.Close()
	frame := []byte{0x21, 0xf9, 4, 3 << 2, 2, 0, 0, 0, 0x2c, 0, 0, 0, 0}
	frame = binary.LittleEndian.AppendUint16(frame, uint16(width))
	frame = binary.LittleEndian.AppendUint16(frame, uint16(height))
	frame = append(frame, 0, 2)
	if count > 1_000_000 {
		frame, packed = frame[8:], bytes.Buffer{} // 12 bytes, no pixels
	}
	for packed.Len() > 0 {
		block := packed.Next(255)
		frame = append(append(frame, byte(len(block))), block...)
	}
	frame = append(frame, 0)
	return append(append(gifHeader(width, height), bytes.Repeat(frame, count)...), 0x3b)
}

// blocks returns a one-pixel frame whose data is 12 million one-byte blocks.
func blocks() []byte {
	b := append(gifHeader(1, 1), 0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2)
	return append(append(b, bytes.Repeat([]byte{1, 0x44}, 12_000_000)...), 0, 0x3b)
}
