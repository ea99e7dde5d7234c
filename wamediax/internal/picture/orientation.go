package picture

import (
	"context"
	"encoding/binary"
	"image"

	"golang.org/x/image/draw"
)

// Orientation is EXIF's number for how stored pixels are turned and mirrored: 1 to 8.
type Orientation int

// Upright is the orientation of a picture that is stored upright.
const Upright Orientation = 1

// sideways reports whether the stored picture is on its side.
func (o Orientation) sideways() bool { return o >= 5 && o <= 8 }

// Upright converts the stored size of a picture to its upright size, and back.
func (o Orientation) Upright(stored image.Point) image.Point {
	if o.sideways() {
		return image.Pt(stored.Y, stored.X)
	}
	return stored
}

// TIFFOrientation returns the orientation tag from the first directory of a TIFF, which EXIF is
// too. tiff may end after that directory.
func TIFFOrientation(tiff []byte) Orientation {
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

// Turn turns and mirrors a picture upright, a few rows at a time. The error is ctx's cause.
func (o Orientation) Turn(ctx context.Context, img image.Image) (image.Image, error) {
	if o <= Upright || o > 8 {
		return img, nil
	}
	w, h := img.Bounds().Dx(), img.Bounds().Dy()
	dst := image.NewRGBA(image.Rectangle{Max: o.Upright(image.Pt(w, h))})
	rows := image.NewRGBA(image.Rect(0, 0, w, min(h, max(1, rowPixels/w))))
	for top := 0; top < h; top += rows.Rect.Dy() {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		draw.Draw(rows, rows.Rect, img, img.Bounds().Min.Add(image.Pt(0, top)), draw.Src)
		for y := range min(rows.Rect.Dy(), h-top) {
			for x := range w {
				to := o.position(x, top+y, w, h)
				copy(dst.Pix[dst.PixOffset(to.X, to.Y):][:4], rows.Pix[rows.PixOffset(x, y):][:4])
			}
		}
	}
	return dst, nil
}

// position returns the upright position of the stored pixel at x, y of a picture of w×h.
func (o Orientation) position(x, y, w, h int) image.Point {
	switch o {
	case 2:
		return image.Pt(w-1-x, y)
	case 3:
		return image.Pt(w-1-x, h-1-y)
	case 4:
		return image.Pt(x, h-1-y)
	case 5:
		return image.Pt(y, x)
	case 6:
		return image.Pt(h-1-y, x)
	case 7:
		return image.Pt(h-1-y, w-1-x)
	case 8:
		return image.Pt(y, w-1-x)
	default:
		return image.Pt(x, y)
	}
}
