package picture

import (
	"bytes"
	"encoding/binary"
	"image"
)

// Orientation is how the stored pixels lie, as EXIF numbers it: 1 to 8.
type Orientation int

const Upright Orientation = 1

// OrientationOf reads a JPEG's EXIF data, as far as head goes. What makes no sense counts as upright.
func OrientationOf(head []byte) Orientation {
	for p := head[min(2, len(head)):]; len(p) >= 4 && p[0] == 0xff; {
		marker, size := p[1], int(binary.BigEndian.Uint16(p[2:]))
		if marker == 0xff { // filling
			p = p[1:]
			continue
		}
		if marker == 0xda || size < 2 || 2+size > len(p) {
			break
		}
		if segment := p[4 : 2+size]; marker == 0xe1 && bytes.HasPrefix(segment, []byte("Exif\x00\x00")) {
			return exifOrientation(segment[6:])
		}
		p = p[2+size:]
	}
	return Upright
}

// exifOrientation finds the tag in the first directory of a TIFF.
func exifOrientation(tiff []byte) Orientation {
	const tag, short, entrySize = 0x0112, 3, 12
	if len(tiff) < 8 {
		return Upright
	}
	var order binary.ByteOrder = binary.BigEndian
	if string(tiff[:2]) == "II" {
		order = binary.LittleEndian
	}
	at := order.Uint32(tiff[4:])
	if uint64(at)+2 > uint64(len(tiff)) {
		return Upright
	}
	entries := tiff[at:]
	count := int(order.Uint16(entries))
	for entries = entries[2:]; count > 0 && len(entries) >= entrySize; count-- {
		if order.Uint16(entries) == tag && order.Uint16(entries[2:]) == short {
			if value := order.Uint16(entries[8:]); value >= 1 && value <= 8 {
				return Orientation(value)
			}
			return Upright
		}
		entries = entries[entrySize:]
	}
	return Upright
}

// Apply turns and mirrors a picture upright.
func (o Orientation) Apply(src *image.RGBA) *image.RGBA {
	if o <= Upright || o > 8 {
		return src
	}
	w, h := src.Bounds().Dx(), src.Bounds().Dy()
	size := image.Pt(w, h)
	if o >= 5 {
		size = image.Pt(h, w)
	}
	dst := image.NewRGBA(image.Rectangle{Max: size})
	for y := range size.Y {
		for x := range size.X {
			var from image.Point
			switch o {
			case 2:
				from = image.Pt(w-1-x, y)
			case 3:
				from = image.Pt(w-1-x, h-1-y)
			case 4:
				from = image.Pt(x, h-1-y)
			case 5:
				from = image.Pt(y, x)
			case 6:
				from = image.Pt(y, h-1-x)
			case 7:
				from = image.Pt(w-1-y, h-1-x)
			case 8:
				from = image.Pt(w-1-y, x)
			}
			copy(dst.Pix[dst.PixOffset(x, y):][:4], src.Pix[src.PixOffset(from.X, from.Y):][:4])
		}
	}
	return dst
}
