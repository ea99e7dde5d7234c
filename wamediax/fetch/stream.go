package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/wamediax/whatsmeow-ext/wamediax/cdn"
	"github.com/wamediax/whatsmeow-ext/wamediax/internal/failover"
)

// stream reads an object sequentially from an offset. It yields each byte once, across reconnects
// and host changes.
type stream struct {
	d      *download
	ctx    context.Context
	offset int64 // of the next byte
	window int64 // size of the next request in bytes; 0: the rest of the object
	part   *part // nil: open the next one
	err    error // returned by every further Read
}

// maxWindow is the largest window in bytes. The request after it asks for the rest of the object.
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

// open opens the next part if none is open. It returns io.EOF at the object's end.
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

// take reads from the open part, and decides how to continue at its end.
func (s *stream) take(buf []byte) int {
	if room := s.d.max - s.offset; int64(len(buf)) > room {
		buf = buf[:room+1] // one extra byte shows that the object is larger
	}
	n, err := s.part.read(buf, func(n int) { s.d.received += int64(n) })
	if n > 0 {
		if s.offset+int64(n) > s.d.max {
			s.failed(failover.Result{Outcome: failover.Refused, Err: fmt.Errorf("%w: object is larger than %d bytes on the host", cdn.ErrTooLarge, s.d.max)})
			return 0
		}
		s.d.Progressed()
		if !s.part.delivered {
			s.part.delivered = true
			s.d.sources[s.d.Host()] = true
		}
		s.offset += int64(n)
		s.d.reports.done(s.offset, s.d.size)
		return n
	}
	switch {
	case err != io.EOF:
		s.failed(failover.Result{
			Outcome: failover.Broken, Moved: s.part.delivered, Stalled: errors.Is(err, cdn.ErrStalled),
			Err: fmt.Errorf("at byte %d: %w", s.offset, err),
		})
	case s.part.at < s.offset:
		s.failed(failover.Result{Outcome: failover.Refused, Err: fmt.Errorf("object ends at byte %d on the host, before byte %d", s.part.at, s.offset)})
	case s.part.end < 0: // the host did not state the size; now it is known
		s.d.size = s.offset
		s.Close()
	default: // the part is complete; there may be more
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

// Close closes the connection.
func (s *stream) Close() {
	if s.part != nil {
		s.part.close()
		s.part = nil
	}
}
