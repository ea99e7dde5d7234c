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

// thumbnailQuality is the JPEG quality, out of 100.
const thumbnailQuality = 85

// withCovers returns p with its missing tray icon and thumbnail filled in. p must be valid, which
// bounds the size of its pictures.
func (p *Pack) withCovers(ctx context.Context, thumbnail bool) (*Pack, error) {
	full := *p
	var first image.Image
	if p.TrayIcon == nil {
		img, err := firstFrame(ctx, &p.Stickers[0])
		if err != nil {
			return nil, fmt.Errorf("failed to make tray icon from stickers[0]: %w", err)
		}
		first = img
		if full.TrayIcon, err = trayIcon(img); err != nil {
			return nil, fmt.Errorf("failed to encode tray icon: %w", err)
		}
	}
	if p.Thumbnail != nil || !thumbnail {
		return &full, nil
	}
	if first == nil {
		img, err := firstFrame(ctx, &Sticker{WebP: p.TrayIcon})
		if err != nil {
			return nil, fmt.Errorf("failed to make thumbnail from tray icon: %w", err)
		}
		first = img
	}
	var err error
	full.Thumbnail, err = jpegThumbnail(first)
	return &full, err
}

// firstFrame decodes the first frame of s, or of any other WebP in it.
func firstFrame(ctx context.Context, s *Sticker) (image.Image, error) {
	content := s.content()
	pic, err := picture.Open(ctx, content, content.Size(), picture.Limits{})
	if err != nil {
		return nil, err
	}
	return pic.Decode(ctx, image.Point{})
}

// trayIcon encodes losslessly: even an icon of pure noise takes 37 KB, which is below the limit. It
// does not use package convert's encoder, which would add 3.4 MB to a program, and whose output
// depends on whether the system has libwebp: the same pack must give the same zip.
func trayIcon(src image.Image) ([]byte, error) {
	icon := image.NewNRGBA(image.Rect(0, 0, TraySide, TraySide))
	draw.CatmullRom.Scale(icon, icon.Rect, src, src.Bounds(), draw.Src, nil)
	var out bytes.Buffer
	err := nativewebp.Encode(&out, icon, nil)
	return out.Bytes(), err
}

// jpegThumbnail draws src on white, because JPEG has no transparency.
func jpegThumbnail(src image.Image) ([]byte, error) {
	img := image.NewRGBA(image.Rect(0, 0, ThumbnailSide, ThumbnailSide))
	draw.Draw(img, img.Rect, image.NewUniform(color.White), image.Point{}, draw.Src)
	draw.CatmullRom.Scale(img, img.Rect, src, src.Bounds(), draw.Over, nil)
	var out bytes.Buffer
	if err := jpeg.Encode(&out, img, &jpeg.Options{Quality: thumbnailQuality}); err != nil {
		return nil, fmt.Errorf("failed to encode thumbnail: %w", err)
	}
	return out.Bytes(), nil
}
