package preview

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/jpeg"

	"golang.org/x/image/draw"

	"github.com/wamediax/whatsmeow-ext/wamediax/internal/picture"
)

const (
	// thumbnailEdge is the longer edge of the thumbnail in a message, in pixels, as in WhatsApp
	// Web.
	thumbnailEdge = 100

	// thumbnailBytes is WhatsApp Web's limit for the thumbnail: 20,000 characters as a data URL.
	thumbnailBytes = (20_000 - len("data:image/jpeg;base64,")) / 4 * 3
)

// ErrTooDetailed is returned by Thumbnail if the JPEG is too large even at the lowest quality.
var ErrTooDetailed = errors.New("thumbnail is too large at the lowest quality")

// Thumbnail returns img, which must be upright, as a JPEG of at most edge pixels per edge and at
// most maxBytes bytes. It lowers the quality until the JPEG fits, and returns ErrTooDetailed if it
// never does. A smaller picture keeps its size. Transparency becomes white.
//
// WhatsApp Web limits the thumbnail in a message to 100 pixels and 14,982 bytes, which are 20,000
// characters as a data URL, and the one that it uploads to 480 pixels.
func Thumbnail(img image.Image, edge, maxBytes int) ([]byte, error) {
	if img == nil || img.Bounds().Empty() || edge < 1 {
		return nil, errors.New("failed to make thumbnail: picture or edge has no pixels")
	}
	small, err := shrink(context.Background(), img, edge)
	if err != nil {
		return nil, fmt.Errorf("failed to make thumbnail: %w", err)
	}
	return encodeThumbnail(small, maxBytes)
}

// shrink scales a picture down to at most edge pixels per edge, on a white background. It halves
// the picture first: that takes less memory than scaling in one step, and ctx can end it.
func shrink(ctx context.Context, img image.Image, edge int) (*image.RGBA, error) {
	size := picture.Fit(img.Bounds().Size(), edge)
	img, err := picture.Halve(ctx, img, size)
	if err != nil {
		return nil, err
	}
	dst := image.NewRGBA(image.Rectangle{Max: size})
	draw.Draw(dst, dst.Rect, image.White, image.Point{}, draw.Src)
	if img.Bounds().Size() == size {
		draw.Draw(dst, dst.Rect, img, img.Bounds().Min, draw.Over)
	} else {
		draw.CatmullRom.Scale(dst, dst.Rect, img, img.Bounds(), draw.Over, nil)
	}
	return dst, nil
}

// encodeThumbnail lowers the quality until the JPEG has at most maxBytes bytes.
func encodeThumbnail(img image.Image, maxBytes int) ([]byte, error) {
	var out bytes.Buffer
	for _, quality := range []int{85, 75, 65, 50, 35, 20, 10, 5, 1} {
		out.Reset()
		if err := jpeg.Encode(&out, img, &jpeg.Options{Quality: quality}); err != nil {
			return nil, fmt.Errorf("failed to make thumbnail: %w", err)
		}
		if out.Len() <= maxBytes {
			return out.Bytes(), nil
		}
	}
	return nil, fmt.Errorf("%w: JPEG is %d bytes, limit is %d", ErrTooDetailed, out.Len(), maxBytes)
}
