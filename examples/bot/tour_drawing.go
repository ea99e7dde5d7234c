package main

import (
	"errors"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
)

// drawDot draws a disc on a transparent ground, in red, green or blue.
func drawDot(path string, channel int) error {
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
	return writePNG(path, img)
}

// drawShade draws a surface of one shade of grey.
func drawShade(path string, shade int) error {
	img := image.NewGray(image.Rect(0, 0, 64, 64))
	for i := range img.Pix {
		img.Pix[i] = uint8(shade)
	}
	return writePNG(path, img)
}

func writePNG(path string, img image.Image) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	return errors.Join(png.Encode(file, img), file.Close())
}
