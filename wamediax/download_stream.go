package wamediax

import (
	"context"
	"fmt"
	"io"
)

// stream is an object read from some byte on. Whatever happens to connections and hosts, each byte is given once, in order.
type stream struct {
	t      *transfer
	ctx    context.Context
	offset int64 // the next byte to be given
	window int64 // how many bytes the next request asks for; 0: all that is left
	part   *part // nil: the next one is to be opened
	err    error // what every further Read returns
}

// maxWindow is the largest window, in bytes. What follows one of that size is asked for at once.
const maxWindow = 16 << 20

func (t *transfer) stream(ctx context.Context, offset int64) *stream {
	return &stream{t: t, ctx: ctx, offset: offset}
}

func (s *stream) Read(buf []byte) (n int, err error) {
	for len(buf) > 0 && n == 0 && s.err == nil {
		if s.err = s.open(); s.err == nil {
			n = s.take(buf)
		}
	}
	if n > 0 {
		return n, nil
	}
	return 0, s.err
}

// open sees to it that there is a part to read from. The error is io.EOF at the object's end.
func (s *stream) open() error {
	for s.part == nil {
		if s.t.size >= 0 && s.offset >= s.t.size {
			return io.EOF
		}
		to := int64(-1)
		if s.window > 0 && (s.t.size < 0 || s.window < s.t.size-s.offset) {
			to = s.offset + s.window
		}
		part, setback := s.t.attempt(s.ctx, s.offset, to)
		if setback == nil {
			s.part = part
		} else if err := s.t.next(s.ctx, setback); err != nil {
			return err
		}
	}
	return nil
}

// take reads from the part that is open, and sees to what follows where it ends.
func (s *stream) take(buf []byte) int {
	if room := s.t.max - s.offset; int64(len(buf)) > room {
		buf = buf[:room+1] // the one too many shows that there is more
	}
	n, err := s.part.read(buf, func(n int) { s.t.received += int64(n) })
	if n > 0 {
		if s.offset+int64(n) > s.t.max {
			s.setback(&setback{kind: refused, err: fmt.Errorf("%w: it has more than %d bytes on the host", ErrTooLarge, s.t.max)})
			return 0
		}
		if !s.part.gave {
			s.part.gave = true
			s.t.took()
		}
		s.offset += int64(n)
		s.t.reports.done(Downloading, s.offset, max(0, s.t.size))
		return n
	}
	switch {
	case err != io.EOF:
		s.setback(&setback{kind: brokeOff, err: fmt.Errorf("at byte %d: %w", s.offset, err), moved: s.part.gave})
	case s.part.at < s.offset:
		s.setback(&setback{kind: refused, err: fmt.Errorf("the object ends at byte %d, but had %d before", s.part.at, s.offset)})
	case s.part.end < 0: // the host never said how large it is: this is how it is known
		s.t.size = s.offset
		s.Close()
	default: // what was asked for has come; there may be more
		s.Close()
		if s.window *= 4; s.window > maxWindow {
			s.window = 0
		}
	}
	return 0
}

func (s *stream) setback(sb *setback) {
	s.Close()
	s.err = s.t.next(s.ctx, sb)
}

// Close lets go of the connection.
func (s *stream) Close() {
	if s.part != nil {
		s.part.close()
		s.part = nil
	}
}
