package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/wamediax/whatsmeow-ext/wamediax/cdn"
	"github.com/wamediax/whatsmeow-ext/wamediax/internal/exchange"
	"github.com/wamediax/whatsmeow-ext/wamediax/internal/failover"
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

// openPart sends the request and reads the answer as far as its body. The error is of the kinds that failure knows.
func openPart(ctx context.Context, client *http.Client, req *http.Request, want span, stall time.Duration) (*part, error) {
	p := &part{from: want.from, stall: stall}
	p.ctx, p.cut = context.WithCancelCause(ctx)
	p.timer = time.AfterFunc(stall, func() { p.cut(fmt.Errorf("%w: nothing came for %v", cdn.ErrStalled, stall)) })
	resp, err := exchange.Do(client, req.WithContext(p.ctx))
	p.timer.Stop()
	if err != nil {
		p.cut(nil)
		return nil, err
	}
	p.body = resp.Body
	if err = p.place(resp, want); err != nil {
		p.close()
		return nil, err
	}
	return p, nil
}

// unusable is an answer with another part of the object than was asked for, or with another object.
type unusable struct{ error }

func (u unusable) Unwrap() error { return u.error }

// place finds out which part of the object came.
func (p *part) place(resp *http.Response, want span) error {
	if code := resp.StatusCode; code != http.StatusOK && code != http.StatusPartialContent {
		return unusable{&cdn.StatusError{Host: resp.Request.URL.Host, StatusCode: code}}
	}
	contentRange := resp.Header.Get("Content-Range")
	var ok bool
	if p.at, p.end, p.size, ok = want.locate(resp.StatusCode, contentRange, resp.ContentLength); !ok {
		return unusable{fmt.Errorf("host sent another part of the object than the one from byte %d on (Content-Range %q)", want.from, contentRange)}
	}
	return nil
}

// failure is what an error of an attempt at directPath means for those to come. asked says that it was for a part of the object.
func failure(err error, asked bool, directPath string) failover.Result {
	if errors.As(err, new(unusable)) {
		return failover.Result{Outcome: failover.Refused, Err: err, Resumed: asked}
	}
	res := exchange.Classify(err, asked)
	var status *cdn.StatusError
	if errors.As(err, &status) {
		if isGone(status, directPath) {
			res.Outcome, res.Resumed = failover.Gone, false
		}
		res.Err = statusError{status}
	}
	return res
}

// isGone reports whether a status says that a host no longer has an object, as WA Web judges it (WAWebMmsClientMmsDownload).
// A 403 can also mean that the host wants another token.
func isGone(status *cdn.StatusError, directPath string) bool {
	switch status.StatusCode {
	case http.StatusNotFound, http.StatusGone:
		return true
	case http.StatusForbidden:
		return strings.Contains(strings.ToLower(status.Body), "url signature expired") || hasExpired(directPath, time.Now())
	default:
		return false
	}
}

// locate returns which bytes of the object an answer holds: from start to end (exclusive; -1: to where it ends), of size (-1: it
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

// read reads what the host sends, and returns how many of the wanted bytes came. count is called with the number of bytes
// that came at all.
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
			err = exchange.Failure(p.ctx, err)
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
