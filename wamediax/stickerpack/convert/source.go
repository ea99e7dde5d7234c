package convert

import (
	"context"
	"fmt"
	"image"
	"io"

	"github.com/wamediax/whatsmeow-ext/wamediax/internal/picture"
)

// source is the file of a picture.
type source struct {
	io.ReaderAt
	size int64
}

// open looks at src's headers. Nothing is decoded before they are known to be within bounds.
func (s *settings) open(ctx context.Context, src source) (*picture.Picture, error) {
	pic, err := picture.Open(ctx, src, src.size, picture.Limits{
		Pixels: s.maxPixels, Side: maxSide, Memory: s.maxMemory, FramePixels: maxAnimationPixels,
	})
	if err != nil {
		return nil, err
	}
	shown := int64(min(pic.Frames, int(maxDuration/shortest)))
	if work := shown * int64(pic.Width) * int64(pic.Height); pic.Frames > 1 && work > maxAnimationPixels {
		return nil, fmt.Errorf("%w: its frames have %d pixels", ErrTooLarge, work)
	}
	return pic, nil
}

// still decodes the picture, or the first frame of an animation, and fits it into a square.
func still(ctx context.Context, pic *picture.Picture, side int) (*image.NRGBA, error) {
	fit := newFitter(pic.Upright(), side)
	img, err := pic.Decode(ctx, fit.area.Size())
	if err != nil {
		return nil, err
	}
	return fit.fit(ctx, img)
}

// bytes returns the file.
func (src source) bytes() ([]byte, error) {
	data := make([]byte, src.size)
	_, err := io.ReadFull(io.NewSectionReader(src, 0, src.size), data)
	return data, err
}
