package preview

import (
	"bytes"
	"context"
	"fmt"
	"image"

	"github.com/wamediax/whatsmeow-ext/wamediax/internal/picture"
	"github.com/wamediax/whatsmeow-ext/wamediax/preview/internal/bitmap"
)

// readPicture reads the dimensions of a JPEG, PNG, GIF or WebP, and makes the thumbnail.
func (f *file) readPicture() error {
	pic, err := picture.Open(f.ctx, f.src, f.size, picture.Limits{})
	if err != nil {
		return fmt.Errorf("failed to preview picture: %w", err)
	}
	return f.show(pic.Upright(), pic.Decode)
}

// readBitmap reads a BMP or TIFF.
func (f *file) readBitmap() error {
	pic, err := bitmap.Open(f.bounded(bitmap.Budget))
	if err != nil {
		return fmt.Errorf("failed to preview picture: %w", err)
	}
	return f.show(pic.Size(), pic.Decode)
}

// show fills in the dimensions and makes the thumbnail from decode's picture.
func (f *file) show(size image.Point, decode func(ctx context.Context, atLeast image.Point) (image.Image, error)) error {
	f.preview.Width, f.preview.Height = size.X, size.Y
	img, err := decode(f.ctx, picture.Fit(size, f.edge))
	if err != nil {
		return fmt.Errorf("failed to preview picture: %w", err)
	}
	return f.setThumbnail(img)
}

// useCover makes the thumbnail from the cover picture of a video or an audio file.
func (f *file) useCover(data []byte) error {
	pic, err := picture.Open(f.ctx, bytes.NewReader(data), int64(len(data)), picture.Limits{})
	if err != nil {
		return fmt.Errorf("failed to preview cover: %w", err)
	}
	img, err := pic.Decode(f.ctx, picture.Fit(pic.Upright(), f.edge))
	if err != nil {
		return fmt.Errorf("failed to preview cover: %w", err)
	}
	return f.setThumbnail(img)
}

func (f *file) setThumbnail(img image.Image) error {
	small, err := shrink(f.ctx, img, f.edge)
	if err != nil {
		return fmt.Errorf("failed to make thumbnail: %w", err)
	}
	thumbnail, err := encodeThumbnail(small, f.maxBytes)
	if err != nil {
		return err
	}
	p := &f.preview
	p.Thumbnail, p.ThumbnailWidth, p.ThumbnailHeight = thumbnail, small.Rect.Dx(), small.Rect.Dy()
	return nil
}
