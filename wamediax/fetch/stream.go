package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/wamediax/whatsmeow-ext/wamediax/cdn"
	"github.com/wamediax/whatsmeow-ext/wamediax/internal/failover"
)

// stream is an object read from some byte on. Whatever happens to connections and hosts, each byte is given once, in order.
type stream struct {
	d      *download
	ctx    context.Context
	offset int64 // the next byte to be given
	window int64 // how many bytes the next request asks for; 0: all that is left
	part   *part // nil: the next one is to be opened
	err    error // what every further Read returns
}

// maxWindow is the largest window, in bytes. After one of that size, the next request asks for all that is left.
const maxWindow = 16 << 20

func (d *download) stream(ctx context.Context, offset int64) *stream {
	return &stream{d: d, ctx: ctx, offset: offset}
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
func (s *stream) open() (err error) {
	if s.part != nil {
		return nil
	}
	if s.d.size >= 0 && s.offset >= s.d.size {
		return io.EOF
	}
	to := int64(-1)
	if s.window > 0 && (s.d.size < 0 || s.window < s.d.size-s.offset) {
		to = s.offset + s.window
	}
	s.part, err = s.d.open(s.ctx, s.offset, to)
	return err
}

// take reads from the part that is open, and decides what follows where it ends.
func (s *stream) take(buf []byte) int {
	if room := s.d.max - s.offset; int64(len(buf)) > room {
		buf = buf[:room+1] // the one too many shows that there is more
	}
	n, err := s.part.read(buf, func(n int) { s.d.received += int64(n) })
	if n > 0 {
		if s.offset+int64(n) > s.d.max {
			s.failed(failover.Result{Outcome: failover.Refused, Err: fmt.Errorf("%w: it has more than %d bytes on the host", cdn.ErrTooLarge, s.d.max)})
			return 0
		}
		s.d.Progressed()
		if !s.part.gave {
			s.part.gave = true
			s.d.givers[s.d.Host()] = true
		}
		s.offset += int64(n)
		s.d.reports.done(s.offset, s.d.size)
		return n
	}
	switch {
	case err != io.EOF:
		s.failed(failover.Result{
			Outcome: failover.Broken, Moved: s.part.gave, Stalled: errors.Is(err, cdn.ErrStalled),
			Err: fmt.Errorf("at byte %d: %w", s.offset, err),
		})
	case s.part.at < s.offset:
		s.failed(failover.Result{Outcome: failover.Refused, Err: fmt.Errorf("object ends at byte %d on the host, before byte %d", s.part.at, s.offset)})
	case s.part.end < 0: // the host did not say how large the object is: this is how it is known
		s.d.size = s.offset
		s.Close()
	default: // what was asked for has come; there may be more
		s.Close()
		if s.window *= 4; s.window > maxWindow {
			s.window = 0
		}
	}
	return 0
}

func (s *stream) failed(res failover.Result) {
	s.Close()
	s.err = s.d.failed(s.ctx, res)
}

// Close lets go of the connection.
func (s *stream) Close() {
	if s.part != nil {
		s.part.close()
		s.part = nil
	}
}
