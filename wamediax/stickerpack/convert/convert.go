package convert

import (
	"context"
	"errors"
	"fmt"
	"image"
	"io"
	"time"

	"github.com/wamediax/whatsmeow-ext/wamediax/internal/picture"
	"github.com/wamediax/whatsmeow-ext/wamediax/stickerpack"
)

var (
	// ErrFormat: it is no PNG, JPEG, GIF or WebP, or a damaged one.
	ErrFormat = picture.ErrFormat
	// ErrTooLarge: the file is larger, or would take more pixels ([WithMaxPixels]), memory ([WithMaxMemory]), frames or scans,
	// than is decoded.
	ErrTooLarge = picture.ErrTooLarge
	// ErrTooLong: the animation takes longer than the 10 s that WhatsApp shows. Cut it first.
	ErrTooLong = errors.New("animation is too long")
	// ErrIncompressible: at the lowest quality there is, the sticker is still larger than allowed.
	ErrIncompressible = errors.New("picture cannot be made small enough")
)

// The sizes of what comes out, in bytes. They are below the limits of package stickerpack by whichever meaning of KB.
const (
	maxStaticBytes   = 100_000
	maxAnimatedBytes = 500_000
	maxTrayBytes     = 50_000
)

const (
	maxFileBytes       = 64 << 20
	maxPixels          = 1 << 25 // of a picture, or of an animation's canvas
	maxSide            = 1 << 14 // pixels
	maxAnimationPixels = 1 << 29 // of all frames of an animation together: that takes some ten seconds
	maxDuration        = 10 * time.Second
)

// Option is a setting of a conversion.
type Option func(*settings)

type settings struct{ maxPixels, maxMemory int64 }

// WithMaxPixels sets how many pixels, width times height, a picture may have to be decoded: 33,554,432 (2^25). Neither side is
// ever more than 16384.
func WithMaxPixels(n int64) Option { return func(s *settings) { s.maxPixels = n } }

// WithMaxMemory sets how many bytes of memory the decoding of a picture may take: 192 MiB. How many a pixel takes depends on
// the kind of picture: 1.5 in most JPEGs and 4 in most PNGs, but 8 to 15 in a progressive JPEG and up to 16 in an interlaced
// PNG. A picture that would take more is an [ErrTooLarge].
func WithMaxMemory(bytes int64) Option { return func(s *settings) { s.maxMemory = bytes } }

func newSettings(opts []Option) *settings {
	s := &settings{maxPixels: maxPixels, maxMemory: picture.DefaultMemory}
	for _, opt := range opts {
		if opt != nil {
			opt(s)
		}
	}
	return s
}

// Sticker makes a sticker of a PNG, JPEG, GIF or WebP: a WebP of 512×512 pixels, in which the picture is as large as it can
// be, with transparent margins where it is not square. It has the best quality, up to that of a good JPEG, at which it takes
// at most 100,000 bytes; a picture that is too rich even at the lowest one is softened. A WebP that is a sticker already
// comes back as it is.
//
// What moves, a GIF or WebP of more than one frame, becomes an animated sticker of at most 500,000 bytes and 20 frames per
// second; where quality alone does not do it, frames are left out. That takes a second or more per second of
// animation, and 1 MiB of memory per frame.
//
// Errors to tell apart: [ErrFormat], [ErrTooLarge], [ErrTooLong], [ErrIncompressible]; else src's own, or ctx's cause.
func Sticker(ctx context.Context, src io.Reader, opts ...Option) ([]byte, error) {
	file, err := picture.SpoolAll(ctx, src, maxFileBytes)
	if err != nil {
		return nil, fmt.Errorf("failed to read a picture: %w", err)
	}
	defer file.Close()
	webp, err := sticker(ctx, source{file, file.Size()}, newSettings(opts))
	if err != nil {
		return nil, fmt.Errorf("failed to convert a picture to a sticker: %w", err)
	}
	return webp, nil
}

func sticker(ctx context.Context, src source, s *settings) ([]byte, error) {
	pic, err := s.open(ctx, src)
	if err != nil {
		return nil, err
	}
	if pic.Duration > maxDuration {
		return nil, fmt.Errorf("%w: it takes %v", ErrTooLong, pic.Duration)
	}
	var frames []frame
	if pic.Frames > 1 {
		frames, err = collect(ctx, pic)
	} else {
		var img *image.NRGBA
		img, err = still(ctx, pic, stickerpack.StickerSide)
		frames = []frame{{img: img}}
	}
	if err != nil {
		return nil, err
	}
	if isSticker(src) {
		return src.bytes() // which could be decoded
	}
	if len(frames) > 1 {
		return encodeAnimation(ctx, frames, maxAnimatedBytes)
	}
	return encodeStill(ctx, frames[0].img, maxStaticBytes)
}

// isSticker reports whether src complies with the rules already.
func isSticker(src source) bool {
	content := io.NewSectionReader(src, 0, src.size)
	pack := stickerpack.Pack{ID: "x", Name: "x", Stickers: []stickerpack.Sticker{{Source: content}}}
	if pack.Validate() != nil {
		return false
	}
	for _, advice := range pack.Warnings() {
		if advice.Rule == stickerpack.AdviceFrames || advice.Rule == stickerpack.AdviceDuration {
			return false
		}
	}
	return true
}

// TrayIcon makes a tray icon of a picture, or of the first frame of an animation: a static WebP of 96×96 pixels, of at most
// 50,000 bytes, with transparent margins. One that is one already comes back as it is. Errors are as from [Sticker].
func TrayIcon(ctx context.Context, src io.Reader, opts ...Option) ([]byte, error) {
	file, err := picture.SpoolAll(ctx, src, maxFileBytes)
	if err != nil {
		return nil, fmt.Errorf("failed to read a picture: %w", err)
	}
	defer file.Close()
	icon, err := trayIcon(ctx, source{file, file.Size()}, newSettings(opts))
	if err != nil {
		return nil, fmt.Errorf("failed to convert a picture to a tray icon: %w", err)
	}
	return icon, nil
}

func trayIcon(ctx context.Context, src source, s *settings) ([]byte, error) {
	pic, err := s.open(ctx, src)
	if err != nil {
		return nil, err
	}
	img, err := still(ctx, pic, stickerpack.TraySide)
	if err != nil {
		return nil, err
	}
	if src.size <= stickerpack.MaxTrayBytes {
		if data, err := src.bytes(); err != nil || isTrayIcon(data) {
			return data, err
		}
	}
	return encodeStill(ctx, img, maxTrayBytes)
}

// isTrayIcon reports whether data complies with the rules for tray icons already.
func isTrayIcon(data []byte) bool {
	var broken stickerpack.RuleErrors
	_ = errors.As((&stickerpack.Pack{TrayIcon: data}).Validate(), &broken)
	for _, e := range broken {
		switch e.Rule {
		case stickerpack.RuleTrayFormat, stickerpack.RuleTrayDimensions, stickerpack.RuleTraySize:
			return false
		}
	}
	return true
}
