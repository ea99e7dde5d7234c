package tour

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
)

// drawDot draws a disc on a transparent background, in red, green or blue.
func drawDot(path string, channel int) error {
	return os.WriteFile(path, dot(channel), 0o600)
}

// dot returns drawDot's picture as a PNG.
func dot(channel int) []byte {
	const side = 200
	img := image.NewNRGBA(image.Rect(0, 0, side, side))
	for y := range side {
		for x := range side {
			if r := math.Hypot(float64(x-side/2), float64(y-side/2)); r < side/2 {
				rgb := [3]uint8{40, 40, 40}
				rgb[channel] = uint8(255 - r)
				img.Set(x, y, color.NRGBA{rgb[0], rgb[1], rgb[2], 255})
			}
		}
	}
	return encodePNG(img)
}

// drawShade draws a square in one shade of grey.
func drawShade(path string, shade int) error {
	img := image.NewGray(image.Rect(0, 0, 64, 64))
	for i := range img.Pix {
		img.Pix[i] = uint8(shade)
	}
	return os.WriteFile(path, encodePNG(img), 0o600)
}

func encodePNG(img image.Image) []byte {
	var out bytes.Buffer
	_ = png.Encode(&out, img) // never fails: the pictures have pixels, and out is a Buffer
	return out.Bytes()
}
