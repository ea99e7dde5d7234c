package resume

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"time"

	"go.mau.fi/util/retryafter"

	"github.com/wamediax/whatsmeow-ext/wamediax/cdn"
)

// origin is what WhatsApp Web's own requests carry.
const origin = "https://web.whatsapp.com"

// ending says how an attempt ended, in the kinds that make a difference for what follows.
type ending int

const (
	brokeOff  ending = iota // no usable answer: connection, stall, or nonsense
	delivered               // the host holds what it should
	denied                  // the auth token was refused
	busy                    // not now
	refused                 // not this object, not this way
	hopeless                // no other attempt can do better: the body could not be read
)

// result is the end of one attempt.
type result struct {
	ending     ending
	answer     *answer // delivered
	err        error   // every other ending
	taken      bool    // the host says that it holds more than before
	moved      bool    // the connection broke, but further on than on any attempt before
	again      bool    // it is worth another attempt at the same host, though nothing moved
	retryAfter time.Duration
}

// unreadable is the end of an attempt whose body failed at a byte of the object's size bytes.
func unreadable(err error, at, size int64) result {
	return result{ending: hopeless, err: fmt.Errorf("%w at byte %d of %d: %w", ErrSource, at, size, err)}
}

// stretch is the part of an object that one request carries.
type stretch struct {
	body       io.ReadCloser // gives it; closed by post
	start, end int64         // offsets in the object
}

// post sends a stretch of the object to the host in use, and has accept read the answer of a success. It returns how many
// bytes were handed to the transport, whether or not they left.
func (c *course) post(ctx context.Context, query url.Values, part stretch, accept func(io.Reader) (*answer, error)) (res result, handed int64) {
	ctx, cut := context.WithCancelCause(ctx)
	defer cut(nil)
	size := part.end - part.start
	meter := newMeter(part.body, size, c.u.stallTimeout, c.u.answerTimeout, cut, func(sent int64) { c.report(part.start + sent) })
	req, err := c.request(httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		WroteRequest: func(info httptrace.WroteRequestInfo) {
			if info.Err == nil {
				meter.wrote()
			}
		},
	}), query)
	if err == nil {
		if req.ContentLength = size; size > 0 {
			req.Body = meter
		}
		res.answer, err = c.do(req, accept)
	}
	handed, sent, sourceErr := meter.finish()
	if sourceErr != nil && err != nil {
		return unreadable(sourceErr, part.start+handed, part.end), handed
	}
	if err == nil {
		c.sent += handed
		res.ending = delivered
		return res, handed
	}
	c.sent += sent
	res = classify(err)
	if host := c.state(c.host()); handed > 0 && part.start+handed > host.reached {
		host.reached, res.moved = part.start+handed, res.ending == brokeOff
	}
	return res, handed
}

// request is a POST to the host in use, with the parameters that every upload has and the given ones.
func (c *course) request(ctx context.Context, query url.Values) (*http.Request, error) {
	query.Set("auth", c.conn.Auth)
	query.Set("token", c.token)
	target := url.URL{Scheme: "https", Host: c.host(), Path: c.path + "/" + c.token, RawQuery: query.Encode()}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, target.String(), nil)
	if err != nil {
		return nil, fmt.Errorf("failed to prepare the request: %w", withoutURL(err))
	}
	req.Header.Set("Content-Type", "application/octet-stream")
	req.Header.Set("Origin", origin)
	req.Header.Set("Referer", origin+"/")
	return req, nil
}

// do sends a request and has accept read its answer. Its errors have no secrets in them; where the request's context ended
// they are that context's cause.
func (c *course) do(req *http.Request, accept func(io.Reader) (*answer, error)) (*answer, error) {
	resp, err := c.u.http.Do(req)
	if err == nil {
		defer resp.Body.Close()
		if status := refusalIn(resp, req.URL.Host, c.conn.Auth, c.token); status != nil {
			return nil, &refusal{status, retryafter.Parse(resp.Header.Get("Retry-After"), 0)}
		}
		var ans *answer
		if ans, err = accept(resp.Body); err == nil {
			return ans, nil
		}
	}
	if cause := context.Cause(req.Context()); cause != nil {
		return nil, cause
	}
	return nil, withoutURL(err)
}

// refusal is a StatusError on its way to classify, with the pause that the host asked for.
type refusal struct {
	*cdn.StatusError
	retryAfter time.Duration
}

func (r *refusal) Unwrap() error { return r.StatusError }

// classify says what an error means for the attempts to come.
func classify(err error) result {
	var answered *refusal
	if !errors.As(err, &answered) {
		return result{ending: brokeOff, err: err}
	}
	res := result{ending: refused, err: answered.StatusError, retryAfter: answered.retryAfter}
	switch code := answered.StatusCode; {
	case code == http.StatusUnauthorized, code == http.StatusForbidden:
		res.ending = denied
	case code == http.StatusRequestTimeout, code == http.StatusTooManyRequests, code >= 500:
		res.ending = busy
	}
	return res
}
