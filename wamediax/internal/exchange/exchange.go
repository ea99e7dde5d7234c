// Package exchange makes one request to a media host and says what its answer
// means. What hosts send is bounded, ends with the request's context whatever
// they do, and appears in errors without secrets.
package exchange

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"time"

	"go.mau.fi/util/retryafter"

	"github.com/wamediax/whatsmeow-ext/wamediax/cdn"
	"github.com/wamediax/whatsmeow-ext/wamediax/internal/failover"
)

const (
	maxQuoted = 512      // bytes of a text from a host that an error keeps
	maxText   = 16 << 10 // bytes of it that are looked at, so that no secret is cut in two by maxQuoted
	// textTimeout is how long a refusal's text may take. The status alone decides what follows.
	textTimeout = time.Second
)

// NoRedirects returns a copy of client that never follows a redirect: that would carry the auth token elsewhere.
func NoRedirects(client *http.Client) *http.Client {
	copied := *client
	copied.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &copied
}

// Refusal is a [cdn.StatusError] with the pause that the host asked for.
type Refusal struct {
	*cdn.StatusError
	RetryAfter time.Duration
}

// Unwrap returns the StatusError.
func (r *Refusal) Unwrap() error { return r.StatusError }

// Do sends req, and returns the response if its status is one of a success (2xx). Its body ends with req's context, also
// where the transport lets it go on, as it does after 101. Every other status is a *[Refusal], which quotes the response
// without the secrets. Where the context ended, the error is the context's cause. It is [Start] and [Check] in one.
func Do(client *http.Client, req *http.Request, secrets ...string) (*http.Response, error) {
	resp, err := Start(client, req, secrets...)
	if err != nil {
		return nil, err
	}
	return Check(req, resp, secrets...)
}

// Start sends req and returns as soon as the status of the response is known, whatever it is. An upload learns from that
// that its host needs no more of the request's body. The response is for [Check].
func Start(client *http.Client, req *http.Request, secrets ...string) (*http.Response, error) {
	resp, err := client.Do(req)
	if err != nil {
		return nil, Failure(req.Context(), err, secrets...)
	}
	body := resp.Body
	stop := context.AfterFunc(req.Context(), func() { _ = body.Close() })
	resp.Body = &bound{body, stop}
	return resp, nil
}

// Check returns the response to req if its status is one of a success; every other one is an error, as of [Do].
func Check(req *http.Request, resp *http.Response, secrets ...string) (*http.Response, error) {
	if resp.StatusCode >= 200 && resp.StatusCode <= 299 {
		return resp, nil
	}
	defer resp.Body.Close()
	refusal := &Refusal{
		StatusError: &cdn.StatusError{Host: req.URL.Host, StatusCode: resp.StatusCode},
		RetryAfter:  retryafter.Parse(resp.Header.Get("Retry-After"), 0),
	}
	if resp.StatusCode != http.StatusSwitchingProtocols { // it has no end
		patience := time.AfterFunc(textTimeout, func() { _ = resp.Body.Close() })
		defer patience.Stop()
		// The status counts whether or not its text can be read.
		text, _ := io.ReadAll(io.LimitReader(resp.Body, maxText))
		if cause := context.Cause(req.Context()); cause != nil {
			return nil, cause
		}
		refusal.Body = quote(string(text), secrets)
	}
	return nil, refusal
}

// quote makes a text that a host had a say in fit for an error.
func quote(text string, secrets []string) string {
	text = Redact(text[:min(len(text), maxText)], secrets...)
	return text[:min(len(text), maxQuoted)]
}

// bound is a body that its context closes.
type bound struct {
	io.ReadCloser
	stop func() bool
}

func (b *bound) Close() error {
	b.stop()
	return b.ReadCloser.Close()
}

// Failure is what a transport's error becomes: the context's cause if that ended, else the error without the request's URL
// and without the secrets, cut to 512 bytes. errors.Is and errors.As still look through all of it.
func Failure(ctx context.Context, err error, secrets ...string) error {
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	var withURL *url.Error
	for errors.As(err, &withURL) {
		err = withURL.Err
	}
	if text := quote(err.Error(), secrets); text != err.Error() {
		return &redactedError{text, err}
	}
	return err
}

// redactedError is an error whose text quoted a secret, or too much.
type redactedError struct {
	text string
	err  error
}

func (e *redactedError) Error() string { return e.text }
func (e *redactedError) Unwrap() error { return e.err }

// Classify says what an error of an attempt means for those to come. It knows the statuses of [Refusal]; every other error
// is a broken connection. resumed says that the request began beyond byte 0.
func Classify(err error, resumed bool) failover.Result {
	res := failover.Result{Outcome: failover.Broken, Err: err, Stalled: errors.Is(err, cdn.ErrStalled)}
	var refusal *Refusal
	if !errors.As(err, &refusal) {
		return res
	}
	res.Err = refusal.StatusError
	switch code := refusal.StatusCode; {
	case code < 300:
	case code == http.StatusUnauthorized, code == http.StatusForbidden:
		res.Outcome = failover.Denied
	case code == http.StatusRequestTimeout, code == http.StatusTooManyRequests, code >= 500:
		res.Outcome, res.RetryAfter = failover.Busy, refusal.RetryAfter
	default:
		res.Outcome, res.Resumed = failover.Refused, resumed
	}
	return res
}
