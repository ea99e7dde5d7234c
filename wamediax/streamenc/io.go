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
	// errPanicked is returned by later calls after a panic of a reader or writer.
	errPanicked = errors.New("an earlier call panicked")
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

// placeWriter writes at its own position, so that reading from the same file is not affected.
type placeWriter struct {
	dst    io.WriterAt
	seeker io.Seeker // nil: dst has no position
	at     int64
}

// newPlaceWriter returns nil if dst can only be written sequentially.
func newPlaceWriter(dst io.Writer) *placeWriter {
	writerAt, ok := dst.(io.WriterAt)
	if !ok {
		return nil
	}
	w := &placeWriter{dst: writerAt}
	if seeker, ok := dst.(io.Seeker); ok {
		at, err := seeker.Seek(0, io.SeekCurrent)
		if err != nil {
			return nil // a pipe
		}
		w.seeker, w.at = seeker, at
	}
	if _, err := writerAt.WriteAt(nil, w.at); err != nil {
		return nil // a file opened with O_APPEND
	}
	return w
}

func (w *placeWriter) Write(p []byte) (int, error) {
	n, err := w.dst.WriteAt(p, w.at)
	if n > 0 {
		w.at += int64(n)
	}
	return n, err
}

// finish sets dst's position to the end of the written data.
func (w *placeWriter) finish() error {
	if w.seeker == nil {
		return nil
	}
	if _, err := w.seeker.Seek(w.at, io.SeekStart); err != nil {
		return fmt.Errorf("failed to seek to the end of the plaintext: %w", err)
	}
	return nil
}
