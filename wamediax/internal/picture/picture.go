package picture

import (
	"context"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"io"
	"iter"
	"time"
)

// Picture is a picture or an animation whose headers are within the limits. Use [Open].
type Picture struct {
	Info
	src    io.ReaderAt
	size   int64
	limits Limits
}

// Frame is one frame of an animation, complete with what earlier frames left on the canvas. Its
// image is valid until the next frame is decoded. It has the file's colours, and a still JPEG is
// not turned upright.
type Frame struct {
	Image image.Image
	Start time.Duration
}

// Open reads the headers of src, which has size bytes, and compares them with the limits. It
// decodes nothing, but reads a whole JPEG to count its scans. src must stay readable and unchanged
// while the Picture is in use.
//
// The error wraps [ErrFormat], [ErrTruncated], [ErrTooLarge], src's error or ctx's cause.
func Open(ctx context.Context, src io.ReaderAt, size int64, limits Limits) (*Picture, error) {
	limits = limits.withDefaults()
	info, err := probe(ctx, src, size, limits)
	if err == nil {
		err = limits.check(info)
	}
	if err != nil {
		return nil, err
	}
	if info.Format == JPEG {
		file := &guarded{ctx: ctx, src: src}
		whole, err := walkJPEG(file, size)
		if err != nil {
			return nil, file.explain(err)
		}
		whole.Orientation = info.Orientation
		if err := limits.check(whole); err != nil {
			return nil, err
		}
		info = whole
	}
	return &Picture{info, src, size, limits}, nil
}

// Decode returns the upright picture, or the first frame of an animation. It halves the picture
// while both sides are at least twice those of atLeast, so that the caller only has to scale by
// less than two; this takes no more memory than decoding. The zero point keeps the size.
//
// The image can be of any type of package image. Lossy WebP has the right colours, which
// golang.org/x/image/webp alone gets wrong. The errors are those of [Open].
func (p *Picture) Decode(ctx context.Context, atLeast image.Point) (image.Image, error) {
	if err := p.limits.checkMemory(p.Info, p.Memory(atLeast)); err != nil {
		return nil, err
	}
	for frame, err := range p.All(ctx) {
		if err != nil {
			return nil, err
		}
		img, err := Halve(ctx, frame.Image, p.Orientation.Upright(atLeast))
		if err != nil {
			return nil, err
		}
		return p.Orientation.Turn(ctx, img)
	}
	return nil, fmt.Errorf("%w: animation has no frames", ErrFormat)
}

// All yields the frames in order; a still has one. If the last pair has an error, it is one of
// those of [Open].
func (p *Picture) All(ctx context.Context) iter.Seq2[Frame, error] {
	src := &guarded{ctx: ctx, src: p.src}
	switch p.Format {
	case JPEG:
		return p.still(src, jpeg.Decode)
	case PNG:
		return p.still(src, png.Decode)
	case GIF:
		return p.gifFrames(src)
	default:
		return p.webpFrames(src)
	}
}

func (p *Picture) still(src *guarded, decode func(io.Reader) (image.Image, error)) iter.Seq2[Frame, error] {
	return func(yield func(Frame, error) bool) {
		img, err := safely(decode, src.pieces(io.NewSectionReader(src, 0, p.size)))
		if err != nil && src.failed == nil && p.Format == PNG && !p.ends(src) {
			err = ErrTruncated // image/png's own error is less specific
		}
		yield(Frame{Image: img}, src.explain(err))
	}
}

// ends reports whether the file has the end of the picture.
func (p *Picture) ends(src io.ReaderAt) bool {
	scan := NewScanner(p.Format)
	_, _ = io.Copy(scanWriter{scan}, io.NewSectionReader(src, 0, p.size))
	return scan.Complete()
}

// safely returns a decoder's panic as an error, because the file causes it, not the program.
func safely(decode func(io.Reader) (image.Image, error), src io.Reader) (img image.Image, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("decoder panicked: %v", cause)
		}
	}()
	return decode(src)
}

// timing adds up the durations of an animation's frames.
type timing struct{ end time.Duration }

// add returns the time at which a frame begins. Like browsers, it shows frames of up to 10 ms,
// whose authors set no time, for 100 ms.
func (t *timing) add(duration time.Duration) (start time.Duration) {
	if duration <= 10*time.Millisecond {
		duration = 100 * time.Millisecond
	}
	start = t.end
	t.end += duration
	return start
}
