package wamediax

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"go.mau.fi/util/retryafter"

	"github.com/wamediax/whatsmeow-ext/wamediax/cdn"
)

// setback is how an attempt failed.
type setback struct {
	kind       setbackKind
	err        error
	status     int // the HTTP status, if there was one
	retryAfter time.Duration
	moved      bool // bytes came before that
}

type setbackKind int

const (
	brokeOff  setbackKind = iota // the connection: anything may follow
	busy                         // not now
	denied                       // 401, 403: media_conn may be stale, or the object expired
	expired                      // 404, 410
	misplaced                    // the host sent another part than it was asked for
	refused                      // this host will not give the object
)

// span is the part of an object that is wanted.
type span struct {
	from, to int64 // to is exclusive; -1: the end
	size     int64 // of the object, as far as is known; -1: it is not
	asked    bool  // for a part
}

// ask adds what asks for the part to a request, unless all is wanted.
func (s *span) ask(req *http.Request) {
	switch {
	case s.to >= 0:
		req.Header.Set("Range", fmt.Sprintf("bytes=%d-%d", s.from, s.to-1))
	case s.from > 0:
		req.Header.Set("Range", fmt.Sprintf("bytes=%d-", s.from))
	default:
		return
	}
	s.asked = true
}

// part is an answer that is read: the object's bytes from at on.
type part struct {
	body  io.ReadCloser
	ctx   context.Context // of the request
	cut   context.CancelCauseFunc
	stall time.Duration
	timer *time.Timer // runs while the host is waited for

	from int64 // the first byte that is wanted; what the host sends before it is dropped
	at   int64 // the next byte that the host sends
	end  int64 // where what it sends ends; -1: it has not said
	size int64 // of the object; -1: it has not said
	gave bool  // wanted bytes have come
	err  error // to be returned after the bytes that came with it
}

// openPart sends the request and looks at the answer as far as its body.
func openPart(ctx context.Context, client *http.Client, req *http.Request, want span, stall time.Duration) (*part, *setback) {
	p := &part{from: want.from, stall: stall}
	p.ctx, p.cut = context.WithCancelCause(ctx)
	p.timer = time.AfterFunc(stall, func() { p.cut(fmt.Errorf("%w: nothing came for %v", cdn.ErrStalled, stall)) })
	resp, err := client.Do(req.WithContext(p.ctx))
	p.timer.Stop()
	if err != nil {
		err = p.cause(err)
		p.cut(nil)
		return nil, &setback{kind: brokeOff, err: err}
	}
	p.body = resp.Body
	if setback := p.place(resp, want); setback != nil {
		p.close()
		return nil, setback
	}
	return p, nil
}

// cause is err as it is reported.
func (p *part) cause(err error) error {
	if cause := context.Cause(p.ctx); cause != nil {
		return cause
	}
	return withoutURL(err)
}

// place finds out which part of the object came.
func (p *part) place(resp *http.Response, want span) *setback {
	if code := resp.StatusCode; code != http.StatusOK && code != http.StatusPartialContent {
		return statusSetback(resp, want)
	}
	var ok bool
	if p.at, p.end, p.size, ok = want.locate(resp.StatusCode, resp.Header.Get("Content-Range"), resp.ContentLength); ok {
		return nil
	}
	sb := &setback{kind: refused, err: fmt.Errorf("another part of the object came than the one from byte %d on (Content-Range %q)", want.from, resp.Header.Get("Content-Range"))}
	if want.asked {
		sb.kind = misplaced
	}
	return sb
}

// locate tells which bytes of the object an answer holds: from start to end (exclusive; -1: to where it ends), of size (-1: it
// does not say). It is not ok if the first byte that is wanted cannot come.
func (s span) locate(status int, contentRange string, length int64) (start, end, size int64, ok bool) {
	if status == http.StatusPartialContent {
		start, end, size, ok = parseContentRange(contentRange)
		ok = ok && start <= s.from && s.from < end && (length < 0 || length == end-start)
		return start, end, size, ok
	}
	// A part can come with status 200 as well: only its length tells.
	if s.asked && s.size >= 0 && length >= 0 && length != s.size {
		if to := s.to; length == s.size-s.from || to >= 0 && length == min(to, s.size)-s.from {
			return s.from, s.from + length, s.size, true
		}
	}
	return 0, length, length, true
}

// parseContentRange reads a Content-Range header of a part. end is exclusive; size is -1 if the header does not say it.
func parseContentRange(header string) (start, end, size int64, ok bool) {
	spec, found := strings.CutPrefix(header, "bytes ")
	part, total, found2 := strings.Cut(strings.TrimSpace(spec), "/")
	first, last, found3 := strings.Cut(part, "-")
	start, ok1 := decimal(first)
	end, ok2 := decimal(last)
	end++
	if !found || !found2 || !found3 || !ok1 || !ok2 || start >= end {
		return 0, 0, 0, false
	}
	if total == "*" {
		return start, end, -1, true
	}
	size, ok = decimal(total)
	if !ok || end > size {
		return 0, 0, 0, false
	}
	return start, end, size, true
}

// decimal reads digits and nothing else.
func decimal(text string) (int64, bool) {
	n, err := strconv.ParseUint(text, 10, 62)
	return int64(n), err == nil
}

func statusSetback(resp *http.Response, want span) *setback {
	code := resp.StatusCode
	sb := &setback{kind: refused, status: code, err: &cdn.StatusError{Host: resp.Request.URL.Host, StatusCode: code}}
	switch {
	case code == http.StatusUnauthorized, code == http.StatusForbidden:
		sb.kind = denied
	case code == http.StatusNotFound, code == http.StatusGone:
		sb.kind = expired
	case code == http.StatusRequestedRangeNotSatisfiable && want.asked:
		sb.kind = misplaced
	case code == http.StatusRequestTimeout, code == http.StatusTooManyRequests, code >= 500:
		sb.kind = busy
		sb.retryAfter = retryafter.Parse(resp.Header.Get("Retry-After"), 0)
	}
	return sb
}

// read reads what the host sends, and tells how many bytes came for the sake of which it was asked. count is told how many
// bytes came at all.
func (p *part) read(buf []byte, count func(n int)) (int, error) {
	for {
		if p.err == nil && p.end >= 0 && p.at >= p.end {
			p.err = io.EOF
		}
		if p.err != nil {
			return 0, p.err
		}
		room := int64(len(buf))
		if p.at < p.from {
			room = min(room, p.from-p.at)
		}
		if p.end >= 0 {
			room = min(room, p.end-p.at)
		}
		p.timer.Reset(p.stall)
		n, err := p.body.Read(buf[:room])
		p.timer.Stop()
		if err == io.EOF && p.end >= 0 && p.at+int64(n) < p.end {
			err = io.ErrUnexpectedEOF
		}
		if err != nil && err != io.EOF {
			err = p.cause(err)
		}
		p.err = err
		count(n)
		dropped := p.at < p.from
		p.at += int64(n)
		if n > 0 && !dropped {
			return n, nil
		}
	}
}

func (p *part) close() {
	p.timer.Stop()
	p.cut(nil)
	_ = p.body.Close()
}
