package productimg

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"math"

	"golang.org/x/image/draw"

	"github.com/wamediax/whatsmeow-ext/wamediax/internal/picture"
)

// decodedAtOnce is how many pixels the conversions of one call hold at a time.
const decodedAtOnce = 64 << 20

// convert makes an upright JPEG within the bounds of the settings out of a picture.
func (s *settings) convert(ctx context.Context, src io.Reader, h header, turn picture.Orientation) (jpg io.Reader, width, height int, err error) {
	pixels := int64(h.width) * int64(h.height)
	if s.decoding.Acquire(ctx, pixels) != nil {
		return nil, 0, 0, context.Cause(ctx)
	}
	defer s.decoding.Release(pixels)
	scan := h.newScanner()
	src = &scanned{src, scan}
	decoded, err := h.decode(src)
	if _, readErr := io.Copy(io.Discard, src); readErr != nil { // to its end, as if it went out as it is
		return nil, 0, 0, readErr
	}
	switch {
	case !scan.Complete():
		return nil, 0, 0, fmt.Errorf("%w: it ends in the middle", ErrTruncated)
	case err != nil:
		return nil, 0, 0, fmt.Errorf("failed to decode the %s: %w", h.mimetype, err)
	}
	canvas := turn.Apply(onWhite(decoded, s.scaled(decoded.Bounds().Size())))
	var out bytes.Buffer
	if err := jpeg.Encode(&out, canvas, &jpeg.Options{Quality: s.quality}); err != nil {
		return nil, 0, 0, fmt.Errorf("failed to encode the JPEG: %w", err)
	}
	return &out, canvas.Bounds().Dx(), canvas.Bounds().Dy(), nil
}

// onWhite scales a picture to size, by halves for as long as that goes: each pixel of the source counts, and nothing but the
// pictures themselves takes memory.
func onWhite(src image.Image, size image.Point) *image.RGBA {
	for {
		next := src.Bounds().Size()
		if next.X >= 2*size.X && next.Y >= 2*size.Y {
			next = image.Pt(max(size.X, (next.X+1)/2), max(size.Y, (next.Y+1)/2))
		} else {
			next = size
		}
		canvas := image.NewRGBA(image.Rectangle{Max: next})
		draw.Draw(canvas, canvas.Bounds(), image.NewUniform(color.White), image.Point{}, draw.Src)
		draw.ApproxBiLinear.Scale(canvas, canvas.Bounds(), src, src.Bounds(), draw.Over, nil)
		if next == size {
			return canvas
		}
		src = canvas
	}
}

// scaled keeps the longer side within maxSide.
func (s *settings) scaled(size image.Point) image.Point {
	longer := max(size.X, size.Y)
	if s.maxSide == 0 || longer <= s.maxSide {
		return size
	}
	factor := float64(s.maxSide) / float64(longer)
	scale := func(side int) int { return max(1, int(math.Round(float64(side)*factor))) }
	return image.Pt(scale(size.X), scale(size.Y))
}
