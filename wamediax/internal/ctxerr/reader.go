package ctxerr

import (
	"context"
	"io"
)

// Reader returns a reader of src that returns ctx's cause once ctx has ended. It does not interrupt
// an active Read of src.
func Reader(ctx context.Context, src io.Reader) io.Reader { return reader{ctx, src} }

type reader struct {
	ctx context.Context
	src io.Reader
}

func (r reader) Read(p []byte) (int, error) {
	if r.ctx.Err() != nil {
		return 0, context.Cause(r.ctx)
	}
	return r.src.Read(p)
}
