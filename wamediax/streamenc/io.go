package streamenc

import (
	"errors"
	"fmt"
	"io"
)

var (
	errNoSource        = errors.New("source is nil")
	errNoDestination   = errors.New("destination is nil")
	errImpossibleCount = errors.New("it returned an invalid count")
)

// maxEmptyReads is how many consecutive reads may return nothing and no error.
const maxEmptyReads = 100

// filler fills whole buffers from a reader, and keeps the reader's error until all previous data is
// used.
type filler struct {
	src   io.Reader
	err   error
	total int64 // bytes read
	short bool  // a Read since the last fill returned less than requested
}

// fill reads until buf is full or the reader ends. The error, including io.EOF, applies after the n
// bytes, and is permanent.
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

// section reads the next left bytes of src in order. Unlike io.SectionReader it detects a count
// larger than requested.
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

// failure returns f.err wrapped, or nil at a regular end.
func (f *filler) failure(what string) error {
	if f.err == nil || f.err == io.EOF {
		return nil
	}
	return fmt.Errorf("failed to read %s: %w", what, f.err)
}

// writeAll writes p in one call, and returns an error for a short write.
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
