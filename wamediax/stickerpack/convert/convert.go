package convert

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/wamediax/whatsmeow-ext/wamediax/stickerpack"
)

var (
	// ErrFormat: it is no PNG, JPEG, GIF or WebP, or a damaged one.
	ErrFormat = errors.New("not a picture that can be converted")
	// ErrTooLarge: the file is larger, or promises a larger picture, than is decoded ([WithMaxPixels]).
	ErrTooLarge = errors.New("picture is too large")
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

type settings struct{ maxPixels int64 }

// WithMaxPixels sets how many pixels, width times height, a picture may have to be decoded: 33,554,432 (2^25). Decoding
// takes 4 to 16 bytes of memory for each. Neither side is ever more than 16384.
func WithMaxPixels(n int64) Option { return func(s *settings) { s.maxPixels = n } }

func newSettings(opts []Option) *settings {
	s := &settings{maxPixels: maxPixels}
	for _, opt := range opts {
		opt(s)
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
	data, err := readAll(src)
	if err != nil {
		return nil, err
	}
	webp, err := sticker(ctx, data, newSettings(opts))
	if err != nil {
		return nil, fmt.Errorf("failed to convert a picture to a sticker: %w", err)
	}
	return webp, nil
}

func sticker(ctx context.Context, data []byte, s *settings) ([]byte, error) {
	src, err := open(data, s)
	if err != nil {
		return nil, err
	}
	if src.duration > maxDuration {
		return nil, fmt.Errorf("%w: it takes %v", ErrTooLong, src.duration)
	}
	frames, err := collect(ctx, src)
	if err != nil {
		return nil, err
	}
	if isSticker(data) {
		return data, nil // which could be decoded
	}
	if len(frames) > 1 {
		return encodeAnimation(ctx, frames, maxAnimatedBytes)
	}
	return encodeStill(ctx, frames[0].img, maxStaticBytes)
}

// isSticker reports whether data complies with the rules already.
func isSticker(data []byte) bool {
	pack := stickerpack.Pack{ID: "x", Name: "x", Stickers: []stickerpack.Sticker{{WebP: data}}}
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
	data, err := readAll(src)
	if err != nil {
		return nil, err
	}
	icon, err := trayIcon(ctx, data, newSettings(opts))
	if err != nil {
		return nil, fmt.Errorf("failed to convert a picture to a tray icon: %w", err)
	}
	return icon, nil
}

func trayIcon(ctx context.Context, data []byte, s *settings) ([]byte, error) {
	src, err := open(data, s)
	if err != nil {
		return nil, err
	}
	img, err := src.first()
	if err != nil {
		return nil, err
	}
	if isTrayIcon(data) {
		return data, nil
	}
	return encodeStill(ctx, newFitter(img.Bounds().Size(), stickerpack.TraySide).fit(img), maxTrayBytes)
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

func readAll(src io.Reader) ([]byte, error) {
	var data bytes.Buffer
	switch n, err := io.Copy(&data, io.LimitReader(src, maxFileBytes+1)); {
	case err != nil:
		return nil, fmt.Errorf("failed to read a picture: %w", err)
	case n > maxFileBytes:
		return nil, fmt.Errorf("%w: the file has more than %d bytes", ErrTooLarge, int64(maxFileBytes))
	}
	return data.Bytes(), nil
}
