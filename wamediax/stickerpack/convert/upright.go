package convert

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/draw"
	"image/jpeg"
	"io"
)

// decodeUpright decodes a JPEG and turns it as its camera says: most phones store photos as the sensor lies, and note how it
// was held.
func decodeUpright(r io.Reader) (image.Image, error) {
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	img, err := jpeg.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	return turned(img, orientation(data)), nil
}

// orientation is that of Exif: 1, as it is, to 8. It is 1 where nothing is said.
func orientation(data []byte) int {
	const app1, startOfScan = 0xE1, 0xDA
	for data = data[2:]; len(data) >= 4 && data[0] == 0xFF && data[1] != startOfScan; {
		length := 2 + int(binary.BigEndian.Uint16(data[2:]))
		if length < 4 || length > len(data) {
			break
		}
		if body, ok := bytes.CutPrefix(data[4:length], []byte("Exif\x00\x00")); ok && data[1] == app1 {
			return exifOrientation(body)
		}
		data = data[length:]
	}
	return 1
}

// exifOrientation looks through the first directory of a TIFF.
func exifOrientation(tiff []byte) int {
	const tag, short = 0x0112, 3
	var order binary.ByteOrder = binary.BigEndian
	if bytes.HasPrefix(tiff, []byte("II")) {
		order = binary.LittleEndian
	}
	if len(tiff) < 8 {
		return 1
	}
	start := int64(order.Uint32(tiff[4:]))
	if start+2 > int64(len(tiff)) {
		return 1
	}
	directory := tiff[start+2:]
	for range order.Uint16(tiff[start:]) {
		if len(directory) < 12 {
			break
		}
		if order.Uint16(directory) == tag && order.Uint16(directory[2:]) == short {
			if value := int(order.Uint16(directory[8:])); value >= 1 && value <= 8 {
				return value
			}
			break
		}
		directory = directory[12:]
	}
	return 1
}

// turned returns img as it is meant: mirrored for 2, 4, 5 and 7, and lying on its side from 5 on.
func turned(img image.Image, orientation int) image.Image {
	if orientation <= 1 {
		return img
	}
	src := image.NewRGBA(image.Rectangle{Max: img.Bounds().Size()})
	draw.Draw(src, src.Rect, img, img.Bounds().Min, draw.Src)
	w, h := src.Rect.Dx(), src.Rect.Dy()
	dst := image.NewRGBA(image.Rect(0, 0, w, h))
	if orientation >= 5 {
		dst = image.NewRGBA(image.Rect(0, 0, h, w))
	}
	for y := range dst.Rect.Dy() {
		for x := range dst.Rect.Dx() {
			fromX, fromY := x, y
			if orientation >= 5 {
				fromX, fromY = y, x
			}
			switch orientation {
			case 2, 7, 8:
				fromX = w - 1 - fromX
			case 3:
				fromX, fromY = w-1-fromX, h-1-fromY
			case 4, 6:
				fromY = h - 1 - fromY
			}
			if orientation == 7 {
				fromY = h - 1 - fromY
			}
			copy(dst.Pix[dst.PixOffset(x, y):][:4], src.Pix[src.PixOffset(fromX, fromY):][:4])
		}
	}
	return dst
}
