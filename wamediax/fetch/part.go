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

// span is the requested part of an object.
type span struct {
	from, to int64 // to is exclusive; -1: the end
	size     int64 // of the object; -1: not known
	asked    bool  // the request has a Range header
}

// ask adds a Range header to a request, unless the whole object is wanted.
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

// part is a response that is being read: the object's bytes from at on.
type part struct {
	body  io.ReadCloser
	ctx   context.Context // of the request
	cut   context.CancelCauseFunc
	stall time.Duration
	timer *time.Timer // runs while waiting for the host

	from      int64 // the first wanted byte; earlier ones are discarded
	at        int64 // offset of the next byte from the host
	end       int64 // where the response ends; -1: not known
	size      int64 // of the object; -1: not known
	delivered bool  // wanted bytes have arrived
	err       error // returned after the bytes that came with it
}

// openPart sends the request and reads the response up to its body. failure can classify its
// errors.
func openPart(ctx context.Context, client *http.Client, req *http.Request, want span, stall time.Duration) (*part, error) {
	p := &part{from: want.from, stall: stall}
	p.ctx, p.cut = context.WithCancelCause(ctx)
	p.timer = time.AfterFunc(stall, func() { p.cut(fmt.Errorf("%w: host sent nothing for %v", cdn.ErrStalled, stall)) })
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

// unusable is an error for a response with a different part or a different object than requested.
type unusable struct{ error }

func (u unusable) Unwrap() error { return u.error }

// place finds out which part of the object the response contains.
func (p *part) place(resp *http.Response, want span) error {
	if code := resp.StatusCode; code != http.StatusOK && code != http.StatusPartialContent {
		return unusable{&cdn.StatusError{Host: resp.Request.URL.Host, StatusCode: code}}
	}
	contentRange := resp.Header.Get("Content-Range")
	var ok bool
	if p.at, p.end, p.size, ok = want.locate(resp.StatusCode, contentRange, resp.ContentLength); !ok {
		return unusable{fmt.Errorf("host sent a part of the object that does not start at byte %d (Content-Range %.100q)", want.from, contentRange)}
	}
	return nil
}

// failure classifies the error of an attempt at directPath. asked means that the request had a
// Range header.
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

// isGone reports whether a status means that a host no longer has an object, by WA Web's rules
// (WAWebMmsClientMmsDownload). A 403 can also mean that the host needs a new token.
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

// locate returns which bytes of the object a response contains: [start, end) of size bytes, where
// -1 means that the response does not state it. ok is false if the first wanted byte is not among
// them.
func (s span) locate(status int, contentRange string, length int64) (start, end, size int64, ok bool) {
	if status == http.StatusPartialContent {
		start, end, size, ok = parseContentRange(contentRange)
		ok = ok && start <= s.from && s.from < end && (length < 0 || length == end-start)
		return start, end, size, ok
	}
	// A host may answer a range request with status 200 and only the part: the length shows it.
	if s.asked && s.size >= 0 && length >= 0 && length != s.size {
		if to := s.to; length == s.size-s.from || to >= 0 && length == min(to, s.size)-s.from {
			return s.from, s.from + length, s.size, true
		}
	}
	return 0, length, length, true
}

// parseContentRange parses the Content-Range header of a part. end is exclusive; size is -1 if the
// header has none.
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

// decimal parses decimal digits, without a sign.
func decimal(text string) (int64, bool) {
	n, err := strconv.ParseUint(text, 10, 62)
	return int64(n), err == nil
}

// read reads from the host and returns the number of wanted bytes. It calls count with the number
// of bytes received, wanted or not.
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
