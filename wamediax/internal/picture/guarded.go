package picture

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"image"
	"io"

	"golang.org/x/image/draw"

	"github.com/wamediax/whatsmeow-ext/wamediax/internal/webpfile"
)

// guarded reads a file until its context ends. It stores its error, because decoders replace it
// with their own.
type guarded struct {
	ctx    context.Context
	src    io.ReaderAt
	failed error
}

func (g *guarded) ReadAt(p []byte, offset int64) (int, error) {
	if g.ctx.Err() != nil {
		g.failed = context.Cause(g.ctx)
		return 0, g.failed
	}
	n, err := g.src.ReadAt(p, offset)
	if err != nil && !errors.Is(err, io.EOF) {
		g.failed = err
	}
	return n, err
}

// explain maps a decoder's error to those of this package.
func (g *guarded) explain(err error) error {
	switch {
	case err == nil:
		return nil
	case g.failed != nil:
		return g.failed
	case errors.Is(err, ErrFormat), errors.Is(err, ErrTooLarge):
		return err
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF), errors.Is(err, webpfile.ErrTruncated):
		return ErrTruncated
	default:
		return fmt.Errorf("%w: %w", ErrFormat, err)
	}
}

// paint calls paint and stores the error if the context has ended.
func (g *guarded) paint(dst *image.RGBA, area image.Rectangle, src image.Image, from image.Point, op draw.Op) error {
	err := paint(g.ctx, dst, area, src, from, op)
	if err != nil {
		g.failed = err
	}
	return err
}

// piece is the number of bytes that a decoder gets at a time. A few bytes can encode millions of
// pixels, and the context is checked between two pieces.
const piece = 64

// pieces returns a decoder's reader, which returns at most piece bytes at a time.
func (g *guarded) pieces(src io.Reader) io.Reader {
	return &pieces{g, bufio.NewReaderSize(src, 64<<10)}
}

type pieces struct {
	file *guarded
	src  *bufio.Reader
}

func (p *pieces) Read(buf []byte) (int, error) {
	if p.file.ctx.Err() != nil {
		p.file.failed = context.Cause(p.file.ctx)
		return 0, p.file.failed
	}
	return p.src.Read(buf[:min(len(buf), piece)])
}
