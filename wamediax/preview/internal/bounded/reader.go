// Package bounded limits what a parser of hostile files can do: how much it
// reads, and for how long after the caller has lost interest.
package bounded

import (
	"context"
	"errors"
	"fmt"
	"io"
)

// ErrTooMuch means that a parser wanted to read more of a file than its budget.
var ErrTooMuch = errors.New("file needs too much reading")

// Reader reads a file of known size, until its budget is spent or its context
// ends. It is for one goroutine.
type Reader struct {
	ctx    context.Context
	src    io.ReaderAt
	size   int64
	budget int64
	spent  int64
}

// NewReader returns a Reader of the size bytes of src that may read budget
// bytes in total, counting a byte as often as it is read.
func NewReader(ctx context.Context, src io.ReaderAt, size, budget int64) *Reader {
	return &Reader{ctx: ctx, src: src, size: max(size, 0), budget: budget}
}

// Size is the size of the file.
func (r *Reader) Size() int64 { return r.size }

// Spent is the number of bytes read.
func (r *Reader) Spent() int64 { return r.spent }

// Err is why the context ended, or nil.
func (r *Reader) Err() error { return context.Cause(r.ctx) }

// ReadAt reads as io.ReaderAt. Besides the errors of the file it returns the
// context's, and ErrTooMuch.
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
		return 0, fmt.Errorf("%w: more than %d bytes", ErrTooMuch, r.budget)
	}
	n, err := r.src.ReadAt(p, off)
	r.spent += int64(n)
	if n == len(p) {
		err = nil
		if short {
			err = io.EOF
		}
	} else if err == io.EOF {
		err = io.ErrUnexpectedEOF // the file is shorter than its size
	}
	return n, err
}

// Range returns n bytes from off, or fewer at the end of the file.
func (r *Reader) Range(off, n int64) ([]byte, error) {
	n = min(n, r.size-off)
	if off < 0 || n <= 0 {
		return nil, nil
	}
	if n > r.budget-r.spent { // before memory is allocated for it
		return nil, fmt.Errorf("%w: more than %d bytes", ErrTooMuch, r.budget)
	}
	p := make([]byte, n)
	if _, err := r.ReadAt(p, off); err != nil {
		return nil, err
	}
	return p, nil
}

// Section reads from off to the end of the file.
func (r *Reader) Section(off int64) *io.SectionReader {
	return io.NewSectionReader(r, off, max(r.size-off, 0))
}
