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

// Picture is a picture or an animation that may be decoded: its headers promise nothing beyond the limits.
type Picture struct {
	Info
	src    io.ReaderAt
	size   int64
	limits Limits
}

// Frame is what an animation shows from one time on. The image changes when the next frame is asked for. Its colours are
// those of the file; a still JPEG's is not turned.
type Frame struct {
	Image image.Image
	Start time.Duration
}

// Open looks at the size bytes of src and compares their headers with the limits; it decodes nothing. A JPEG's scans are
// counted, which reads the whole file. src must stay readable, and the same, as long as the Picture is in use.
//
// The errors are [ErrFormat], [ErrTruncated], [ErrTooLarge], src's own and ctx's cause.
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

// Decode returns the picture upright; of an animation, the first frame. As long as it is at least twice as large as atLeast in
// both directions, it is halved: what remains is to scale by less than two, and memory is that of the decoder. The zero point
// leaves the size as it is.
//
// The image may be of any kind. Those of lossy WebP have the colours that are meant, which golang.org/x/image/webp alone gets
// wrong. The errors are those of [Open].
func (p *Picture) Decode(ctx context.Context, atLeast image.Point) (image.Image, error) {
	if err := p.limits.checkMemory(p.Info, p.Memory(atLeast)); err != nil {
		return nil, err
	}
	for frame, err := range p.All(ctx) {
		if err != nil {
			return nil, err
		}
		img, err := Halve(ctx, frame.Image, p.Orientation.size(atLeast))
		if err != nil {
			return nil, err
		}
		return p.Orientation.turn(ctx, img)
	}
	return nil, fmt.Errorf("%w: it has no frames", ErrFormat)
}

// All decodes one frame after the other; a still is one frame. The last pair may be an error, as from [Open].
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
			err = ErrTruncated // image/png says of that only that something is wrong
		}
		yield(Frame{Image: img}, src.explain(err))
	}
}

// ends reports whether the file is there up to the picture's end.
func (p *Picture) ends(src io.ReaderAt) bool {
	scan := NewScanner(p.Format)
	_, _ = io.Copy(scanWriter{scan}, io.NewSectionReader(src, 0, p.size))
	return scan.Complete()
}

// safely makes an error of a decoder's panic: its file is to blame, not the program.
func safely(decode func(io.Reader) (image.Image, error), src io.Reader) (img image.Image, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("the decoder failed: %v", cause)
		}
	}()
	return decode(src)
}

// timing is when the frames of an animation are shown.
type timing struct{ end time.Duration }

// add returns when a frame begins. Frames of up to 10 ms are shown for 100, as browsers do it: their authors did not set a time.
func (t *timing) add(duration time.Duration) (start time.Duration) {
	if duration <= 10*time.Millisecond {
		duration = 100 * time.Millisecond
	}
	start = t.end
	t.end += duration
	return start
}
