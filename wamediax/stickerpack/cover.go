package stickerpack

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"

	"github.com/HugoSmits86/nativewebp"
	"golang.org/x/image/draw"

	"github.com/wamediax/whatsmeow-ext/wamediax/internal/picture"
)

// thumbnailQuality is that of the JPEG that is made, out of 100.
const thumbnailQuality = 85

// withCovers returns p with the tray icon and the thumbnail that it lacks. p is valid, so the pictures are small.
func (p *Pack) withCovers(ctx context.Context, thumbnail bool) (*Pack, error) {
	full := *p
	var first image.Image
	if p.TrayIcon == nil {
		img, err := firstFrame(ctx, &p.Stickers[0])
		if err != nil {
			return nil, fmt.Errorf("failed to make the tray icon of stickers[0]: %w", err)
		}
		first = img
		if full.TrayIcon, err = trayIcon(img); err != nil {
			return nil, fmt.Errorf("failed to encode the tray icon: %w", err)
		}
	}
	if p.Thumbnail != nil || !thumbnail {
		return &full, nil
	}
	if first == nil {
		img, err := firstFrame(ctx, &Sticker{WebP: p.TrayIcon})
		if err != nil {
			return nil, fmt.Errorf("failed to make the thumbnail of the tray icon: %w", err)
		}
		first = img
	}
	var err error
	full.Thumbnail, err = jpegThumbnail(first)
	return &full, err
}

// firstFrame decodes the first frame of a sticker, or of whatever WebP it holds.
func firstFrame(ctx context.Context, s *Sticker) (image.Image, error) {
	content := s.content()
	pic, err := picture.Open(ctx, content, content.Size(), picture.Limits{})
	if err != nil {
		return nil, err
	}
	return pic.Decode(ctx, image.Point{})
}

// trayIcon encodes without loss: an icon of noise takes 37 KB, which is within the limit. The encoder of package convert
// would add 3.4 MB to a program, and makes other bytes where the system has a libwebp of its own; the same pack has to
// make the same zip.
func trayIcon(src image.Image) ([]byte, error) {
	icon := image.NewNRGBA(image.Rect(0, 0, TraySide, TraySide))
	draw.CatmullRom.Scale(icon, icon.Rect, src, src.Bounds(), draw.Src, nil)
	var out bytes.Buffer
	err := nativewebp.Encode(&out, icon, nil)
	return out.Bytes(), err
}

// jpegThumbnail puts src on white: a JPEG has no transparency.
func jpegThumbnail(src image.Image) ([]byte, error) {
	img := image.NewRGBA(image.Rect(0, 0, ThumbnailSide, ThumbnailSide))
	draw.Draw(img, img.Rect, image.NewUniform(color.White), image.Point{}, draw.Src)
	draw.CatmullRom.Scale(img, img.Rect, src, src.Bounds(), draw.Over, nil)
	var out bytes.Buffer
	if err := jpeg.Encode(&out, img, &jpeg.Options{Quality: thumbnailQuality}); err != nil {
		return nil, fmt.Errorf("failed to encode the thumbnail: %w", err)
	}
	return out.Bytes(), nil
}
