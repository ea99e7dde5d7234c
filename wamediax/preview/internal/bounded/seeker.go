package bounded

import (
	"fmt"
	"io"
)

// Seeker reads a file in blocks, so that many small reads close to each other
// cost one read of the file.
type Seeker struct {
	r     *Reader
	pos   int64
	block []byte // the last block read
	at    int64  // its offset
	size  int
}

// NewSeeker returns a Seeker at the beginning of the file.
func NewSeeker(r *Reader, blockSize int) *Seeker { return &Seeker{r: r, size: blockSize} }

// Read implements io.Reader.
func (s *Seeker) Read(p []byte) (int, error) {
	if s.pos < 0 || s.pos >= s.r.size {
		return 0, io.EOF
	}
	if len(p) == 0 {
		return 0, nil
	}
	if s.pos < s.at || s.pos >= s.at+int64(len(s.block)) {
		block, err := s.r.Range(s.pos, int64(s.size))
		if err != nil {
			return 0, err
		}
		s.block, s.at = block, s.pos
	} else if err := s.r.Err(); err != nil {
		return 0, err
	}
	n := copy(p, s.block[s.pos-s.at:])
	s.pos += int64(n)
	return n, nil
}

// Seek implements io.Seeker. Unlike other Seekers it returns an error for an
// offset beyond the end: parsers add sizes that an untrusted file claims.
func (s *Seeker) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += s.pos
	case io.SeekEnd:
		offset += s.r.size
	}
	if offset < 0 || offset > s.r.size {
		return s.pos, fmt.Errorf("offset %d is outside the file of %d bytes", offset, s.r.size)
	}
	s.pos = offset
	return offset, nil
}
