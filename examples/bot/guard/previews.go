package guard

import (
	"context"
	"io"

	"golang.org/x/sync/semaphore"

	"github.com/wamediax/whatsmeow-ext/wamediax"
	"github.com/wamediax/whatsmeow-ext/wamediax/preview"
)

// Previews is a wamediax.Previewer and wamediax.Scaler that decodes one file at a time, because a
// picture can take 192 MiB. Use NewPreviews.
type Previews struct {
	previewer *preview.Previewer
	turn      *semaphore.Weighted
}

// NewPreviews returns a Previewer for one client.
func NewPreviews() *Previews {
	return &Previews{preview.New(), semaphore.NewWeighted(1)}
}

// Preview waits until no other file is being decoded, or until ctx ends.
func (p *Previews) Preview(ctx context.Context, src io.ReaderAt, size int64, mimetype string) (*wamediax.Preview, error) {
	if err := p.turn.Acquire(ctx, 1); err != nil {
		return nil, err
	}
	defer p.turn.Release(1)
	return p.previewer.Preview(ctx, src, size, mimetype)
}

// Scale waits until no other file is being decoded, or until ctx ends.
func (p *Previews) Scale(ctx context.Context, src io.ReaderAt, size int64, edge int) (*wamediax.Picture, error) {
	if err := p.turn.Acquire(ctx, 1); err != nil {
		return nil, err
	}
	defer p.turn.Release(1)
	return p.previewer.Scale(ctx, src, size, edge)
}
