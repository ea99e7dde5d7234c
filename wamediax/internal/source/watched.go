package source

import (
	"context"
	"fmt"
	"io"
)

// maxEmptyReads is how many Reads in a row may return no bytes and no error.
const maxEmptyReads = 100

// Watched is a source whose reads fail once its context has ended, and that reports how many bytes
// were read. With a report function, it must not be used concurrently.
type Watched struct {
	ctx    context.Context
	reader io.Reader
	at     io.ReaderAt
	read   int64
	empty  int              // Reads in a row that returned nothing
	report func(read int64) // may be nil
}

// Watch watches the stream src. report may be nil.
func Watch(ctx context.Context, src io.Reader, report func(read int64)) *Watched {
	return &Watched{ctx: ctx, reader: src, report: report}
}

// WatchAt watches src through ReadAt. report may be nil.
func WatchAt(ctx context.Context, src io.ReaderAt, report func(read int64)) *Watched {
	return &Watched{ctx: ctx, at: src, report: report}
}

// Quiet stops the reports.
func (w *Watched) Quiet() { w.report = nil }

// Read implements io.Reader. After 100 empty reads in a row it returns [io.ErrNoProgress].
func (w *Watched) Read(p []byte) (int, error) {
	n, err := w.count(w.reader.Read, p)
	if n > 0 {
		w.empty = 0
	} else if w.empty++; w.empty == maxEmptyReads && err == nil {
		err = io.ErrNoProgress
	}
	return n, err
}

// ReadAt implements io.ReaderAt.
func (w *Watched) ReadAt(p []byte, offset int64) (int, error) {
	return w.count(func(p []byte) (int, error) { return w.at.ReadAt(p, offset) }, p)
}

func (w *Watched) count(read func([]byte) (int, error), p []byte) (int, error) {
	if w.ctx.Err() != nil {
		return 0, context.Cause(w.ctx)
	}
	n, err := read(p)
	if n < 0 || n > len(p) {
		return 0, wrongCount(n, p)
	}
	if w.report != nil {
		w.read += int64(n)
		w.report(w.read)
	}
	return n, err
}

// wrongCount is the error for a Read that returned an impossible count. The buffer is then
// unusable.
func wrongCount(n int, p []byte) error {
	return fmt.Errorf("source returned a count of %d bytes for a buffer of %d", n, len(p))
}
