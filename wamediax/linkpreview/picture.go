package linkpreview

import (
	"bytes"
	"context"
	"fmt"
	"image/jpeg"
	"io"

	"github.com/wamediax/whatsmeow-ext/wamediax/internal/picture"
	"github.com/wamediax/whatsmeow-ext/wamediax/preview"
	"github.com/wamediax/whatsmeow-ext/wamediax/safehttp"
)

const (
	// pictureBytes bounds what is downloaded of a picture.
	pictureBytes = 8 << 20

	// thumbnailEdge and thumbnailBytes bound the thumbnail in the message, as WhatsApp Web does: the
	// bytes are 20,000 characters as a data URL.
	thumbnailEdge  = 100
	thumbnailBytes = 14_982

	// largeEdge bounds the picture that is uploaded. Open Graph pictures usually have 1200×630 pixels.
	largeEdge  = 1200
	largeBytes = 1 << 20

	// largeFrom is how wide a picture must be to be uploaded, in pixels: an icon as a large card
	// looks blurred.
	largeFrom = 300
)

// usePicture makes the thumbnails of the picture in src.
func (p *Page) usePicture(ctx context.Context, src io.Reader) error {
	data, err := io.ReadAll(io.LimitReader(src, pictureBytes+1))
	if err != nil {
		return err
	}
	if len(data) > pictureBytes {
		return fmt.Errorf("failed to open picture: %w", safehttp.ErrTooLarge)
	}
	pic, err := picture.Open(ctx, bytes.NewReader(data), int64(len(data)), picture.Limits{Pixels: 32 << 20, Memory: 64 << 20})
	if err != nil {
		return fmt.Errorf("failed to open picture: %w", err)
	}
	img, err := pic.Decode(ctx, picture.Fit(pic.Upright(), largeEdge))
	if err != nil {
		return fmt.Errorf("failed to decode picture: %w", err)
	}
	thumbnail, err := preview.Thumbnail(img, thumbnailEdge, thumbnailBytes)
	if err != nil {
		return err
	}
	p.Thumbnail = thumbnail
	if pic.Upright().X < largeFrom {
		return nil
	}
	large, err := preview.Thumbnail(img, largeEdge, largeBytes)
	if err != nil {
		return err
	}
	config, err := jpeg.DecodeConfig(bytes.NewReader(large))
	if err != nil {
		return fmt.Errorf("failed to make large picture: %w", err)
	}
	p.Picture, p.PictureWidth, p.PictureHeight = large, config.Width, config.Height
	return nil
}
