package convert

import (
	"context"
	"fmt"
	"image"
	"io"

	"github.com/wamediax/whatsmeow-ext/wamediax/internal/picture"
)

// source is a picture file.
type source struct {
	io.ReaderAt
	size int64
}

// open reads src's headers and checks them against the limits, before anything is decoded.
func (s *settings) open(ctx context.Context, src source) (*picture.Picture, error) {
	pic, err := picture.Open(ctx, src, src.size, picture.Limits{
		Pixels: s.maxPixels, Side: maxSide, Memory: s.maxMemory, FramePixels: maxAnimationPixels,
	})
	if err != nil {
		return nil, err
	}
	shown := int64(min(pic.Frames, int(maxDuration/shortest)))
	if work := shown * int64(pic.Width) * int64(pic.Height); pic.Frames > 1 && work > maxAnimationPixels {
		return nil, fmt.Errorf("%w: all frames together have %d pixels, limit is %d", ErrTooLarge, work, maxAnimationPixels)
	}
	return pic, nil
}

// still decodes a picture, or the first frame of an animation, and fits it into a square.
func still(ctx context.Context, pic *picture.Picture, side int) (*image.NRGBA, error) {
	fit := newFitter(pic.Upright(), side)
	img, err := pic.Decode(ctx, fit.area.Size())
	if err != nil {
		return nil, err
	}
	return fit.fit(ctx, img)
}

// bytes returns the content of the file.
func (src source) bytes() ([]byte, error) {
	data := make([]byte, src.size)
	_, err := io.ReadFull(io.NewSectionReader(src, 0, src.size), data)
	return data, err
}
