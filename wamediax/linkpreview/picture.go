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
	// pictureBytes limits the download of a picture.
	pictureBytes = 8 << 20

	// thumbnailEdge and thumbnailBytes limit the thumbnail as WhatsApp Web does, which allows
	// 20,000 characters as a data URL.
	thumbnailEdge  = 100
	thumbnailBytes = 14_982

	// largeEdge limits the uploaded picture. Open Graph pictures usually have 1200×630 pixels.
	largeEdge  = 1200
	largeBytes = 1 << 20

	// largeFrom is the minimum width in pixels for an upload: an icon would look blurred on a large
	// card.
	largeFrom = 300
)

// usePicture reads a picture from src and makes its thumbnail and large picture.
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
