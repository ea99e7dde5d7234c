package convert

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"runtime"

	"github.com/gen2brain/webp"
	"golang.org/x/image/draw"
	"golang.org/x/sync/errgroup"

	"github.com/wamediax/whatsmeow-ext/wamediax/internal/webpfile"
	"github.com/wamediax/whatsmeow-ext/wamediax/stickerpack"
)

// Quality levels from 1 to 100. The encoder treats 0 as "default".
const (
	bestStill    = 90
	bestAnimated = 75
	worst        = 1
)

// encode encodes img as WebP. The encoder is translated C: where C would crash, it panics.
func encode(img *image.NRGBA, quality int) (data []byte, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("WebP encoder failed: %v", cause)
		}
	}()
	var out bytes.Buffer
	if err := webp.Encode(&out, img, webp.Options{Quality: quality, Method: webp.DefaultMethod}); err != nil {
		return nil, fmt.Errorf("WebP encoder failed: %w", err)
	}
	return out.Bytes(), nil
}

// encodeStill finds the best quality at which img fits into limit bytes. If none fits, it blurs img
// and tries again, because the quality does not affect transparency, and blurring does.
func encodeStill(ctx context.Context, img *image.NRGBA, limit int) ([]byte, error) {
	for soften := 1; soften <= img.Rect.Dx()/8; soften *= 2 {
		if soften > 1 {
			img = softened(img, soften)
		}
		if best, err := encodeStep(ctx, img, bestStill, limit); best != nil || err != nil {
			return best, err
		}
		if smallest, err := encodeStep(ctx, img, worst, limit); err != nil {
			return nil, err
		} else if smallest != nil {
			return betterThan(ctx, smallest, img, limit)
		}
	}
	return nil, ErrIncompressible
}

// betterThan searches between the worst quality, where img fits as found, and the best, where it
// does not.
func betterThan(ctx context.Context, found []byte, img *image.NRGBA, limit int) ([]byte, error) {
	fits, tooMuch := worst, bestStill
	for tooMuch-fits > 2 {
		quality := (fits + tooMuch) / 2
		data, err := encodeStep(ctx, img, quality, limit)
		switch {
		case err != nil:
			return nil, err
		case data == nil:
			tooMuch = quality
		default:
			fits, found = quality, data
		}
	}
	return found, nil
}

// encodeStep returns nil if img takes more than limit bytes.
func encodeStep(ctx context.Context, img *image.NRGBA, quality, limit int) ([]byte, error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	data, err := encode(img, quality)
	if err != nil || len(data) > limit {
		return nil, err
	}
	return data, nil
}

// softened blurs img by scaling it down by factor and up again.
func softened(img *image.NRGBA, factor int) *image.NRGBA {
	size := img.Rect.Size()
	small := image.NewRGBA(image.Rect(0, 0, size.X/factor, size.Y/factor))
	draw.BiLinear.Scale(small, small.Rect, img, img.Rect, draw.Src, nil)
	large := image.NewRGBA(img.Rect)
	draw.BiLinear.Scale(large, large.Rect, small, small.Rect, draw.Src, nil)
	return plain(large)
}

// animationQualities are the qualities to try for animations, best first.
var animationQualities = []int{bestAnimated, 50, 30, 15, 5}

// fewestFrames: animations with fewer frames are not thinned out further.
const fewestFrames = 4

// encodeAnimation finds the best quality at which frames fit into limit bytes. If none fits, it
// drops every second frame and tries again. Since encoding is slow, it first estimates each quality
// on a few frames.
func encodeAnimation(ctx context.Context, frames []frame, limit int) ([]byte, error) {
	for {
		sample := sampleOf(frames)
		for _, quality := range animationQualities {
			if len(sample) < len(frames) {
				estimate, err := encodeFrames(ctx, sample, quality)
				if err != nil {
					return nil, err
				}
				if total(estimate)*len(frames)/len(sample) > limit*9/8 {
					continue
				}
			}
			pictures, err := encodeFrames(ctx, frames, quality)
			if err != nil {
				return nil, err
			}
			if data := animation(frames, pictures); len(data) <= limit {
				return data, nil
			}
		}
		if len(frames) < 2*fewestFrames {
			return nil, fmt.Errorf("%w: %d frames", ErrIncompressible, len(frames))
		}
		frames = halve(frames)
	}
}

// sampleOf picks 8 evenly spaced frames.
func sampleOf(frames []frame) []frame {
	const size = 8
	if len(frames) <= 2*size {
		return frames
	}
	sample := make([]frame, size)
	for i := range sample {
		sample[i] = frames[i*len(frames)/size+len(frames)/size/2]
	}
	return sample
}

// encodeFrames encodes the changed part of each frame, using all cores.
func encodeFrames(ctx context.Context, frames []frame, quality int) ([][]byte, error) {
	pictures := make([][]byte, len(frames))
	all, ctx := errgroup.WithContext(ctx)
	all.SetLimit(runtime.GOMAXPROCS(0))
	for i, f := range frames {
		all.Go(func() error {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			part := image.NewNRGBA(image.Rectangle{Max: f.changed.Size()})
			draw.Draw(part, part.Rect, f.img, f.changed.Min, draw.Src)
			data, err := encode(part, quality)
			if err != nil {
				return err
			}
			file, err := webpfile.Parse(bytes.NewReader(data), int64(len(data)))
			if err != nil {
				return err
			}
			pictures[i], err = file.Chunks(file.Frames[0])
			return err
		})
	}
	return pictures, all.Wait()
}

func total(pictures [][]byte) int {
	sum := 0
	for _, picture := range pictures {
		sum += len(picture)
	}
	return sum
}

// animation assembles frames, each of which replaces the area it covers.
func animation(frames []frame, pictures [][]byte) []byte {
	var out webpfile.Builder
	out.Animation(stickerpack.StickerSide, stickerpack.StickerSide)
	for i, f := range frames {
		out.Frame(webpfile.Frame{
			X: f.changed.Min.X, Y: f.changed.Min.Y, Width: f.changed.Dx(), Height: f.changed.Dy(),
			Duration: f.duration, Replace: true,
		}, pictures[i])
	}
	return out.Bytes()
}
