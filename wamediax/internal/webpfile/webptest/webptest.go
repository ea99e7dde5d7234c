// Package webptest makes WebP files for tests.
package webptest

import (
	"bytes"
	"image"

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
