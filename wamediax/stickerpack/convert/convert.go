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
	// ErrFormat means that the input is not a PNG, JPEG, GIF or WebP, or is damaged.
	ErrFormat = picture.ErrFormat
	// ErrTooLarge means that the file is larger than 64 MiB, or that decoding it would exceed a
	// limit on pixels ([WithMaxPixels]), memory ([WithMaxMemory]), frames or scans.
	ErrTooLarge = picture.ErrTooLarge
	// ErrTooLong means that an animation is longer than the 10 s that WhatsApp shows. Cut it first.
	ErrTooLong = errors.New("animation is too long")
	// ErrIncompressible means that the sticker is too large even at the lowest quality.
	ErrIncompressible = errors.New("picture cannot be made small enough")
)

// Maximum output sizes in bytes. They stay below package stickerpack's limits whether a KB is 1000
// or 1024 bytes.
const (
	maxStaticBytes   = 100_000
	maxAnimatedBytes = 500_000
	maxTrayBytes     = 50_000
)

const (
	maxFileBytes = 64 << 20
	maxPixels    = 1 << 25 // of a picture, or of an animation's canvas
	maxSide      = 1 << 14 // pixels
	// of all frames of an animation together; they take about ten seconds
	maxAnimationPixels = 1 << 29
	maxDuration        = 10 * time.Second
)

// Option configures a conversion.
type Option func(*settings)

type settings struct {
	maxPixels, maxMemory int64
	uniform              bool
}

// WithMaxPixels limits the pixels, width times height, of a picture to decode. The default is
// 33,554,432 (2^25), also for 0 or less. Each side is always limited to 16384.
func WithMaxPixels(n int64) Option { return func(s *settings) { s.maxPixels = n } }

// WithMaxMemory limits the memory in bytes that decoding a picture may take. The default is 192
// MiB. The need per pixel depends on the format: 1.5 bytes in most JPEGs and 4 in most PNGs, but 8
// to 15 in a progressive JPEG and up to 16 in an interlaced PNG. A picture that would need more
// gives [ErrTooLarge].
func WithMaxMemory(bytes int64) Option { return func(s *settings) { s.maxMemory = bytes } }

func newSettings(opts []Option) *settings {
	s := &settings{maxPixels: maxPixels, maxMemory: picture.DefaultMemory}
	for _, opt := range opts {
		if opt != nil {
			opt(s)
		}
	}
	if s.maxPixels <= 0 {
		s.maxPixels = maxPixels
	}
	return s
}

// Sticker converts a PNG, JPEG, GIF or WebP to a sticker: a WebP of 512×512 pixels that shows the
// whole picture, as large as possible, with transparent margins if it is not square. It picks the
// best quality that fits into 100,000 bytes, and blurs a picture that does not fit even at the
// lowest quality. A WebP that is already a valid sticker is returned unchanged.
//
// A GIF or WebP with more than one frame becomes an animated sticker of at most 500,000 bytes and
// 20 frames per second. If lowering the quality is not enough, Sticker drops frames. It takes a
// second or more per second of animation, and 1 MiB of memory per frame.
//
// Errors to test for are [ErrFormat], [ErrTooLarge], [ErrTooLong] and [ErrIncompressible]. Errors
// from src, and the cause of ctx's end, are passed on.
func Sticker(ctx context.Context, src io.Reader, opts ...Option) ([]byte, error) {
	file, err := picture.SpoolAll(ctx, src, maxFileBytes)
	if err != nil {
		return nil, fmt.Errorf("failed to read picture: %w", err)
	}
	defer file.Close()
	webp, err := sticker(ctx, source{file, file.Size()}, newSettings(opts))
	if err != nil {
		return nil, fmt.Errorf("failed to convert picture to sticker: %w", err)
	}
	return webp, nil
}

func sticker(ctx context.Context, src source, s *settings) ([]byte, error) {
	pic, err := s.open(ctx, src)
	if err != nil {
		return nil, err
	}
	if pic.Duration > maxDuration {
		return nil, fmt.Errorf("%w: %v, limit is %v", ErrTooLong, pic.Duration, maxDuration)
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
		return src.bytes() // it was decoded, so it is intact
	}
	if len(frames) > 1 {
		return encodeAnimation(ctx, frames, maxAnimatedBytes)
	}
	return encodeStill(ctx, frames[0].img, maxStaticBytes)
}

// isSticker reports whether src is already a valid sticker.
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

// TrayIcon converts a picture, or the first frame of an animation, to a tray icon: a static WebP of
// 96×96 pixels and at most 50,000 bytes, with transparent margins. A valid tray icon is returned
// unchanged. Errors are those of [Sticker].
func TrayIcon(ctx context.Context, src io.Reader, opts ...Option) ([]byte, error) {
	file, err := picture.SpoolAll(ctx, src, maxFileBytes)
	if err != nil {
		return nil, fmt.Errorf("failed to read picture: %w", err)
	}
	defer file.Close()
	icon, err := trayIcon(ctx, source{file, file.Size()}, newSettings(opts))
	if err != nil {
		return nil, fmt.Errorf("failed to convert picture to tray icon: %w", err)
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

// isTrayIcon reports whether data is already a valid tray icon.
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
