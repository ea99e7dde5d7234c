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

// guarded reads a file as long as its context lasts. It remembers why it failed: decoders make their own errors of that.
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

// explain turns what a decoder says of the file into this package's errors.
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

// paint is paint, whose end with the context is the file's too.
func (g *guarded) paint(dst *image.RGBA, area image.Rectangle, src image.Image, from image.Point, op draw.Op) error {
	err := paint(g.ctx, dst, area, src, from, op)
	if err != nil {
		g.failed = err
	}
	return err
}

// piece is how many bytes a decoder gets at a time. A few bytes can stand for millions of pixels, and between two
// pieces the context is asked.
const piece = 64

// pieces returns a reader for a decoder.
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
