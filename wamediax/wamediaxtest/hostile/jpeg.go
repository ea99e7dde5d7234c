package hostile

import (
	"bytes"
	"encoding/binary"
)

// jpegSegment returns a segment of a JPEG.
func jpegSegment(marker byte, body ...byte) []byte {
	b := binary.BigEndian.AppendUint16([]byte{0xff, marker}, uint16(len(body)+2))
	return append(b, body...)
}

// progressive returns a picture of one tone: a first scan of everything, and more scans that visit
// every block and change none.
func progressive(width, height, components, more int) []byte {
	b := []byte{0xff, 0xd8}
	if components == 4 {
		b = append(b, jpegSegment(0xee, []byte("Adobe\x00\x64\x00\x00\x00\x00\x00")...)...)
	}
	b = append(b, jpegSegment(0xdb, append([]byte{0}, bytes.Repeat([]byte{1}, 64)...)...)...)
	frame := []byte{8, byte(height >> 8), byte(height), byte(width >> 8), byte(width), byte(components)}
	scan := []byte{byte(components)}
	for i := range components {
		frame = append(frame, byte(i+1), 0x11, 0)
		scan = append(scan, byte(i+1), 0)
	}
	b = append(b, jpegSegment(0xc2, frame...)...)
	// a code of one bit
	oneCode := append([]byte{1}, make([]byte, 15)...)
	// DC: no difference
	b = append(b, jpegSegment(0xc4, append(append([]byte{0x00}, oneCode...), 0)...)...)
	// AC: a run of 2^14 blocks or more
	b = append(b, jpegSegment(0xc4, append(append([]byte{0x10}, oneCode...), 0xe0)...)...)
	n := (width + 7) / 8 * ((height + 7) / 8)
	b = append(b, jpegSegment(0xda, append(scan, 0, 0, 0)...)...)
	b = append(b, make([]byte, (n*components+7)/8)...)
	again := append(jpegSegment(0xda, 1, 1, 0, 1, 63, 0), make([]byte, ((n+16383)/16384*15+7)/8)...)
	return append(append(b, bytes.Repeat(again, more)...), 0xff, 0xd9)
}

// turned adds EXIF data that rotates the picture by 90°.
func turned(jpeg []byte) []byte {
	exif := "Exif\x00\x00MM\x00\x2a\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06\x00\x00\x00\x00\x00\x00"
	return append(append([]byte{0xff, 0xd8}, jpegSegment(0xe1, []byte(exif)...)...), jpeg[2:]...)
}

// tables defines the same Huffman table a million times before the pixels.
func tables() []byte {
	table := jpegSegment(0xc4, append(append([]byte{0x00, 1}, make([]byte, 15)...), 0)...)
	jpeg := progressive(64, 64, 1, 0)
	at := bytes.Index(jpeg, []byte{0xff, 0xda})
	return append(append(bytes.Clone(jpeg[:at]), bytes.Repeat(table, 1_000_000)...), jpeg[at:]...)
}

// segments contains only empty comments.
func segments() []byte {
	return append([]byte{0xff, 0xd8}, bytes.Repeat(jpegSegment(0xfe), 8_000_000)...)
}
