package streamenc

import (
	"errors"
	"fmt"
	"io"
)

var (
	errNoSource        = errors.New("the source is nil")
	errNoDestination   = errors.New("the destination is nil")
	errImpossibleCount = errors.New("it returned an impossible count")
)

// maxEmptyReads is how often in a row a reader may return nothing without an error.
const maxEmptyReads = 100

// filler reads whole buffers from a reader and keeps its error for when all that came before is used up.
type filler struct {
	src   io.Reader
	err   error
	total int64 // bytes read
	short bool  // a Read since the last fill gave less than it was asked for
}

// fill reads until buf is full or the reader has no more. The error, io.EOF included, belongs after the n bytes; once set
// it stays.
func (f *filler) fill(buf []byte) (n int, err error) {
	f.short = false
	for empty := 0; n < len(buf) && f.err == nil; {
		var m int
		m, f.err = f.src.Read(buf[n:])
		if m < 0 || m > len(buf)-n {
			m, f.err = 0, errImpossibleCount
		}
		f.short = f.short || m < len(buf)-n
		n += m
		f.total += int64(m)
		if m > 0 {
			empty = 0
		} else if empty++; empty == maxEmptyReads && f.err == nil {
			f.err = io.ErrNoProgress
		}
	}
	return n, f.err
}

// section reads left bytes of src, in order. Other than io.SectionReader it notices a count beyond what was asked for, which
// must not pass for bytes that follow.
type section struct {
	src      io.ReaderAt
	at, left int64
}

func (s *section) Read(p []byte) (int, error) {
	if s.left == 0 {
		return 0, io.EOF
	}
	p = p[:min(int64(len(p)), s.left)]
	n, err := s.src.ReadAt(p, s.at)
	if n < 0 || n > len(p) {
		return 0, errImpossibleCount
	}
	s.at += int64(n)
	s.left -= int64(n)
	return n, err
}

// failure is f.err as this package reports it, or nil at a regular end.
func (f *filler) failure(what string) error {
	if f.err == nil || f.err == io.EOF {
		return nil
	}
	return fmt.Errorf("failed to read %s: %w", what, f.err)
}

// writeAll writes p in one call and makes an error of a write that fell short.
func writeAll(dst io.Writer, p []byte) (int, error) {
	n, err := dst.Write(p)
	if n < 0 || n > len(p) {
		return 0, errImpossibleCount
	}
	if n < len(p) && err == nil {
		err = io.ErrShortWrite
	}
	return n, err
}
