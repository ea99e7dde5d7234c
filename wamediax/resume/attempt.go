package resume

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"time"

	"go.mau.fi/util/retryafter"
)

// origin is what WhatsApp Web's own requests carry.
const origin = "https://web.whatsapp.com"

// ending says how an attempt ended, in the kinds that make a difference for what follows.
type ending int

const (
	brokeOff     ending = iota // no usable answer: connection, stall, or nonsense
	delivered                  // the host holds the whole object
	denied                     // the auth token was refused
	busy                       // not now
	refused                    // not this object, not this way
	sourceFailed               // the body could not be read
)

// result is the end of one attempt.
type result struct {
	ending     ending
	answer     *answer // delivered
	err        error   // every other ending
	taken      bool    // the host says that it holds more than before
	moved      bool    // the connection broke, but further on than on any attempt before
	retryAfter time.Duration
}

// attempt probes where that may save bytes, then sends what the host in use does not hold.
func (up *upload) attempt(ctx context.Context) result {
	up.attempts++
	host := up.state(up.host())
	var offset int64
	if up.moved || up.obj.Probe || up.size >= up.u.threshold {
		ans, err := up.ask(ctx)
		if err != nil && ctx.Err() == nil {
			res := classify(err)
			// A probe that fails costs nothing where nothing is at stake; where bytes may lie on the host, it is worth
			// a second one. After that, the whole object it is.
			atStake := (up.moved || up.obj.Probe) && !host.probeFailed && (res.ending == brokeOff || res.ending == busy)
			host.probeFailed = host.probeFailed || atStake
			if res.ending == denied && !up.fresh || atStake {
				return res
			}
		}
		if ans != nil {
			host.probeFailed = false
			var complete bool
			if offset, complete = ans.held(up.size, up.obj.Naming); complete {
				up.resumed = true
				return result{ending: delivered, answer: ans}
			}
		}
	}
	up.resumed = up.resumed || offset > 0
	if up.obj.OnAttempt != nil {
		up.obj.OnAttempt(Attempt{Number: up.attempts, Host: up.host(), Offset: offset, After: up.last})
	}
	res := up.send(ctx, offset)
	if offset > host.held {
		host.held, res.taken = offset, true
	}
	return res
}

// ask is the probe: how much of the object does the host in use hold?
func (up *upload) ask(ctx context.Context) (*answer, error) {
	timeout := min(up.u.stallTimeout, up.u.answerTimeout)
	ctx, cancel := context.WithTimeoutCause(ctx, timeout, fmt.Errorf("%w: no answer to a probe for %v", ErrStalled, timeout))
	defer cancel()
	req, err := up.request(ctx, url.Values{"resume": {"1"}})
	if err != nil {
		return nil, err
	}
	return up.do(req)
}

// send sends the object from offset on.
func (up *upload) send(ctx context.Context, offset int64) result {
	var res result
	query := url.Values{}
	if offset > 0 {
		// The first is what the specification says, the others are what WhatsApp Web sends. A host takes what it knows.
		query.Set("file_offset", strconv.FormatInt(offset, 10))
		query.Set("bytestart", strconv.FormatInt(offset, 10))
		query.Set("byteend", strconv.FormatInt(up.size, 10))
	}
	body, err := up.obj.Body.Open(offset)
	if err != nil {
		res.ending, res.err = sourceFailed, fmt.Errorf("%w at byte %d of %d: %w", ErrSource, offset, up.size, err)
		return res
	}
	ctx, cut := context.WithCancelCause(ctx)
	defer cut(nil)
	meter := newMeter(body, up.size-offset, up.u.stallTimeout, up.u.answerTimeout, cut, func(sent int64) {
		up.report(offset + sent)
	})
	req, err := up.request(httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		WroteRequest: func(info httptrace.WroteRequestInfo) {
			if info.Err == nil {
				meter.wrote()
			}
		},
	}), query)
	if err == nil {
		req.ContentLength = up.size - offset
		if req.ContentLength > 0 {
			req.Body = meter
		}
		res.answer, err = up.do(req)
		if err == nil {
			err = res.answer.located(up.obj.Naming)
		}
	}
	handed, sent, sourceErr := meter.finish()
	if sourceErr != nil && err != nil {
		res.ending, res.err = sourceFailed, fmt.Errorf("%w at byte %d of %d: %w", ErrSource, offset+handed, up.size, sourceErr)
		return res
	}
	if err == nil {
		up.sent += handed
		res.ending = delivered
		return res
	}
	up.sent += sent
	up.moved = up.moved || handed > 0
	res = classify(err)
	if host := up.state(up.host()); handed > 0 && offset+handed > host.reached {
		host.reached, res.moved = offset+handed, res.ending == brokeOff
	}
	return res
}

// request is a POST to the host in use, with the parameters that every upload has and the given ones.
func (up *upload) request(ctx context.Context, query url.Values) (*http.Request, error) {
	query.Set("auth", up.conn.Auth)
	query.Set("token", up.obj.Token)
	target := url.URL{Scheme: "https", Host: up.host(), Path: up.obj.Path + "/" + up.obj.Token, RawQuery: query.Encode()}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, target.String(), nil)
	if err != nil {
		return nil, fmt.Errorf("failed to prepare the request: %w", withoutURL(err))
	}
	req.Header.Set("Content-Type", "application/octet-stream")
	req.Header.Set("Origin", origin)
	req.Header.Set("Referer", origin+"/")
	return req, nil
}

// do sends a request and reads its answer. Its errors have no secrets in them; where the request's context ended they are
// that context's cause.
func (up *upload) do(req *http.Request) (*answer, error) {
	var ans *answer
	resp, err := up.u.http.Do(req)
	if err == nil {
		defer resp.Body.Close()
		if ans, err = readAnswer(resp, req.URL.Host, up.conn.Auth, up.obj.Token); err == nil {
			return ans, nil
		}
		if status := (*StatusError)(nil); errors.As(err, &status) {
			return nil, &refusal{status, retryafter.Parse(resp.Header.Get("Retry-After"), 0)}
		}
	}
	if cause := context.Cause(req.Context()); cause != nil {
		return nil, cause
	}
	return nil, withoutURL(err)
}

// refusal is a StatusError on its way to classify, with the pause that the host asked for.
type refusal struct {
	*StatusError
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
