package picture

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/wamediax/whatsmeow-ext/wamediax/internal/ctxerr"
	"github.com/wamediax/whatsmeow-ext/wamediax/internal/spool"
)

// spoolMemory limits how much of a file stays in memory, in bytes; a larger one goes to a temporary
// file.
const spoolMemory = 8 << 20

// SpoolAll reads src to its end and stores it for random access: up to 8 MiB in memory, more in a
// temporary file. The caller must close the spool. The error wraps src's or the disk's error, ctx's
// cause, or [ErrTooLarge] for more than most bytes.
func SpoolAll(ctx context.Context, src io.Reader, most int64) (*spool.Spool, error) {
	s := spool.New(spoolMemory)
	n, err := io.Copy(s, io.LimitReader(ctxerr.Reader(ctx, src), most+1))
	if err == nil && n > most {
		err = fmt.Errorf("%w: file is longer than %d bytes", ErrTooLarge, most)
	}
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}
