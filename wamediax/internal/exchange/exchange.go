// Package exchange sends one request to a media host and classifies the
// response. Responses are bounded, end with the request's context in any case,
// and appear in errors without secrets.
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
	maxQuoted = 512 // bytes of a host's text that an error keeps
	// bytes of a host's text to search for secrets, so that maxQuoted cuts none in two
	maxText = 16 << 10
	// textTimeout limits the time for reading an error response's text. The status alone decides
	// what follows.
	textTimeout = time.Second
)

// NoRedirects returns a copy of client that does not follow redirects, which would carry the auth
// token to another host. For nil it returns a client with a new transport that has the settings of
// http.DefaultTransport, or with http.DefaultTransport itself if the program has replaced that with
// a transport of another type.
func NoRedirects(client *http.Client) *http.Client {
	if client == nil {
		client = new(http.Client)
		if standard, ok := http.DefaultTransport.(*http.Transport); ok {
			client.Transport = standard.Clone()
		}
	}
	copied := *client
	copied.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &copied
}

// Refusal is a [cdn.StatusError] with the host's Retry-After.
type Refusal struct {
	*cdn.StatusError
	RetryAfter time.Duration
}

// Unwrap returns the StatusError.
func (r *Refusal) Unwrap() error { return r.StatusError }

// Do sends req and returns the response if its status is 2xx. The body ends with req's context. Any
// other status is a *[Refusal], whose quotation of the response omits the secrets. If the context
// ended, the error is its cause. Do is [Start] followed by [Check].
func Do(client *http.Client, req *http.Request, secrets ...string) (*http.Response, error) {
	resp, err := Start(client, req, secrets...)
	if err != nil {
		return nil, err
	}
	return Check(req, resp, secrets...)
}

// Start sends req and returns as soon as the response's status is known. An upload can then stop
// sending the body. The response's body ends with req's context, even after status 101, where the
// transport would not end it. Pass the response to [Check].
func Start(client *http.Client, req *http.Request, secrets ...string) (*http.Response, error) {
	resp, err := client.Do(req)
	if err != nil {
		return nil, Failure(req.Context(), err, secrets...)
	}
	if resp.StatusCode == http.StatusSwitchingProtocols {
		body := resp.Body
		stop := context.AfterFunc(req.Context(), func() { _ = body.Close() })
		resp.Body = &bound{body, stop}
	}
	return resp, nil
}

// Check returns resp if its status is 2xx. Otherwise it returns an error like [Do].
func Check(req *http.Request, resp *http.Response, secrets ...string) (*http.Response, error) {
	if resp.StatusCode >= 200 && resp.StatusCode <= 299 {
		return resp, nil
	}
	defer resp.Body.Close()
	refusal := &Refusal{
		StatusError: &cdn.StatusError{Host: req.URL.Host, StatusCode: resp.StatusCode},
		RetryAfter:  retryafter.Parse(resp.Header.Get("Retry-After"), 0),
	}
	if resp.StatusCode != http.StatusSwitchingProtocols { // its body has no end
		patience := time.AfterFunc(textTimeout, func() { _ = resp.Body.Close() })
		defer patience.Stop()
		// The status counts even if the text cannot be read.
		text, _ := io.ReadAll(io.LimitReader(resp.Body, maxText))
		if cause := context.Cause(req.Context()); cause != nil {
			return nil, cause
		}
		refusal.Body = quote(string(text), secrets)
	}
	return nil, refusal
}

// quote makes untrusted text fit for an error: without secrets, and at most maxQuoted bytes.
func quote(text string, secrets []string) string {
	text = Redact(text[:min(len(text), maxText)], secrets...)
	return text[:min(len(text), maxQuoted)]
}

// bound is the body of a response with status 101. It is closed when its context ends.
type bound struct {
	io.ReadCloser
	stop func() bool
}

func (b *bound) Close() error {
	b.stop()
	return b.ReadCloser.Close()
}

// Failure converts a transport's error: to the context's cause if the context ended, otherwise to
// an error without the request's URL and the secrets, cut to 512 bytes. errors.Is and errors.As
// still search the original.
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

// redactedError is an error whose text contained a secret or was too long.
type redactedError struct {
	text string
	err  error
}

func (e *redactedError) Error() string { return e.text }
func (e *redactedError) Unwrap() error { return e.err }

// Classify converts the error of an attempt for package failover: by status for a [Refusal], and to
// a broken connection otherwise. resumed means that the request started beyond byte 0.
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
