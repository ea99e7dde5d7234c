package picture

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/wamediax/whatsmeow-ext/wamediax/internal/spool"
)

// spoolMemory is how many bytes of a file are kept in memory, and not in a temporary file.
const spoolMemory = 8 << 20

// SpoolAll reads src to its end, so that it can be read anywhere: up to 8 MiB are kept in memory, more in a temporary file. The
// caller must close the spool. The errors are src's own, ctx's cause, [ErrTooLarge] for more than most bytes, and the disk's.
func SpoolAll(ctx context.Context, src io.Reader, most int64) (*spool.Spool, error) {
	s := spool.New(spoolMemory)
	n, err := io.Copy(s, io.LimitReader(untilDone{ctx, src}, most+1))
	if err == nil && n > most {
		err = fmt.Errorf("%w: the file has more than %d bytes", ErrTooLarge, most)
	}
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// untilDone reads no more once ctx has ended.
type untilDone struct {
	ctx context.Context
	src io.Reader
}

func (u untilDone) Read(p []byte) (int, error) {
	if u.ctx.Err() != nil {
		return 0, context.Cause(u.ctx)
	}
	return u.src.Read(p)
}
