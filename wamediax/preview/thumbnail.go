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
	// thumbnailEdge is the most pixels per edge of the thumbnail in a message, as WhatsApp Web
	// makes it.
	thumbnailEdge = 100

	// thumbnailBytes keeps the thumbnail as a data URL within 20,000 characters, WhatsApp Web's
	// limit.
	thumbnailBytes = (20_000 - len("data:image/jpeg;base64,")) / 4 * 3
)

// ErrTooDetailed means that a picture is too large as a JPEG even at the lowest quality.
var ErrTooDetailed = errors.New("thumbnail is too large at the lowest quality")

// Thumbnail makes a JPEG of img, which must be upright, with at most edge pixels per edge and at
// most maxBytes bytes. It lowers the quality until the JPEG fits, and returns ErrTooDetailed if it
// never does. A smaller picture keeps its size. What is transparent becomes white.
//
// WhatsApp Web makes the thumbnail in a message with an edge of 100 and 14,982 bytes, which are
// 20,000 characters as a data URL, and the one that it uploads with an edge of 480.
func Thumbnail(img image.Image, edge, maxBytes int) ([]byte, error) {
	if img == nil || img.Bounds().Empty() || edge < 1 {
		return nil, errors.New("failed to make thumbnail: no pixels")
	}
	small, err := shrink(context.Background(), img, edge)
	if err != nil {
		return nil, fmt.Errorf("failed to make thumbnail: %w", err)
	}
	return encodeThumbnail(small, maxBytes)
}

// shrink scales a picture down to at most edge pixels per edge and lays it on white. It halves it
// first, which takes less memory than scaling at once and lets ctx end it.
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
	return nil, fmt.Errorf("%w: %d bytes, at most %d are allowed", ErrTooDetailed, out.Len(), maxBytes)
}
