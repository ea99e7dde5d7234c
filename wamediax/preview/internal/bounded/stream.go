package bounded

import (
	"bufio"
	"io"
)

// Stream reads a source sequentially and counts the bytes, so that errors can
// name an offset. It is not safe for concurrent use.
type Stream struct {
	src    io.Reader
	seeker io.Seeker // nil: src can only be read
	size   int64     // of src, if it has a seeker
	buf    *bufio.Reader
	offset int64
	err    error
}

// streamBuffer is the number of bytes that a Stream reads at a time, and the
// most that it can peek at.
const streamBuffer = 16 << 10

// NewStream returns a Stream of a source without random access.
func NewStream(src io.Reader) *Stream {
	return &Stream{src: src, buf: bufio.NewReaderSize(src, streamBuffer)}
}

// Stream returns a Stream of r's file. Skipped bytes are not read.
func (r *Reader) Stream() *Stream {
	section := r.Section(0)
	s := NewStream(section)
	s.seeker, s.size = section, r.size
	return s
}

// Offset returns the position of the next byte.
func (s *Stream) Offset() int64 { return s.offset }

// Err returns the source's error, or nil. io.EOF does not count as one.
func (s *Stream) Err() error { return s.err }

// Read implements io.Reader.
func (s *Stream) Read(p []byte) (int, error) {
	n, err := s.buf.Read(p)
	s.offset += int64(n)
	s.keep(err)
	return n, err
}

// Peek returns the next n bytes, at most 16 KiB, without reading them. At the
// end of the source it returns fewer, and io.EOF.
func (s *Stream) Peek(n int) ([]byte, error) {
	head, err := s.buf.Peek(n)
	s.keep(err)
	return head, err
}

// Skip skips n bytes. It returns io.EOF if the source has fewer.
func (s *Stream) Skip(n int64) error {
	if buffered := int64(s.buf.Buffered()); s.seeker != nil && n > buffered {
		to := min(s.offset+n, s.size)
		if _, err := s.seeker.Seek(to, io.SeekStart); err != nil {
			return err
		}
		s.buf.Reset(s.src)
		short := s.offset+n > to
		s.offset = to
		if short {
			return io.EOF
		}
		return nil
	}
	// Not bufio's WriteTo, which would bypass the count.
	_, err := io.CopyN(io.Discard, struct{ io.Reader }{s}, n)
	return err
}

// keep stores an error of the source, because bufio.Reader returns it only once.
func (s *Stream) keep(err error) {
	if err != nil && err != io.EOF && s.err == nil {
		s.err = err
	}
}
