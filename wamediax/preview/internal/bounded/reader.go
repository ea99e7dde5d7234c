// Package bounded limits parsers of untrusted files: how much they read, and
// how long they run after their context has ended.
package bounded

import (
	"context"
	"errors"
	"fmt"
	"io"
)

// ErrTooMuch is returned, wrapped, by a read that would exceed the budget.
var ErrTooMuch = errors.New("file needs too much reading")

// Reader reads a file of known size until its budget is spent or its context
// ends. It is not safe for concurrent use.
type Reader struct {
	ctx    context.Context
	src    io.ReaderAt
	size   int64
	budget int64
	spent  int64
}

// NewReader returns a Reader of src, which has size bytes. It may read budget
// bytes in total; a byte that is read twice counts twice.
func NewReader(ctx context.Context, src io.ReaderAt, size, budget int64) *Reader {
	return &Reader{ctx: ctx, src: src, size: max(size, 0), budget: budget}
}

// Size returns the size of the file in bytes.
func (r *Reader) Size() int64 { return r.size }

// Spent returns the number of bytes read so far.
func (r *Reader) Spent() int64 { return r.spent }

// Err returns the context's cause, or nil while the context is active.
func (r *Reader) Err() error { return context.Cause(r.ctx) }

// ReadAt implements io.ReaderAt. It returns the file's errors, the context's
// cause and ErrTooMuch.
func (r *Reader) ReadAt(p []byte, off int64) (int, error) {
	if err := r.Err(); err != nil {
		return 0, err
	}
	if off < 0 || off >= r.size {
		return 0, io.EOF
	}
	short := int64(len(p)) > r.size-off
	if short {
		p = p[:r.size-off]
	}
	if int64(len(p)) > r.budget-r.spent {
		return 0, fmt.Errorf("%w: limit is %d bytes", ErrTooMuch, r.budget)
	}
	n, err := r.src.ReadAt(p, off)
	r.spent += int64(n)
	if n == len(p) {
		err = nil
		if short {
			err = io.EOF
		}
	} else if err == io.EOF {
		err = io.ErrUnexpectedEOF // the file is shorter than the size given
	}
	return n, err
}

// Range returns n bytes at off, or fewer at the end of the file.
func (r *Reader) Range(off, n int64) ([]byte, error) {
	n = min(n, r.size-off)
	if off < 0 || n <= 0 {
		return nil, nil
	}
	if n > r.budget-r.spent { // check before allocating
		return nil, fmt.Errorf("%w: limit is %d bytes", ErrTooMuch, r.budget)
	}
	p := make([]byte, n)
	if _, err := r.ReadAt(p, off); err != nil {
		return nil, err
	}
	return p, nil
}

// Section returns a reader from off to the end of the file.
func (r *Reader) Section(off int64) *io.SectionReader {
	return io.NewSectionReader(r, off, max(r.size-off, 0))
}
