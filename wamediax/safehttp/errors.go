package safehttp

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"code.dny.dev/ssrf"
)

var (
	// ErrURL: not an http or https URL with a host and without a user name or password. A redirect
	// to such a URL is an ErrURL too.
	ErrURL = errors.New("not a URL to fetch: it needs http:// or https://, a host, and no user name or password")

	// ErrNotPublic: the URL, or one that it redirects to, leads to an address that is not on the
	// open internet.
	ErrNotPublic = errors.New("address is not on the open internet")

	// ErrPort: the URL, or one that it redirects to, has a port that may not be dialled.
	ErrPort = errors.New("port may not be dialled")

	// ErrRedirects: the URL redirects more than five times.
	ErrRedirects = fmt.Errorf("more than %d redirects", maxRedirects)

	// ErrTooLarge: the body is larger than the caller allows.
	ErrTooLarge = errors.New("body is too large")

	// ErrCompressed: the server sent compressed data although it was asked not to.
	ErrCompressed = errors.New("server compressed the body although it was asked not to")
)

// StatusError means that the server answered with a status other than 200.
type StatusError struct{ Code int }

func (e *StatusError) Error() string {
	return strings.TrimSpace(fmt.Sprintf("server returned status %d %s", e.Code, http.StatusText(e.Code)))
}

// Error is a failure to fetch, as opposed to a failure of whatever reads the Body. It names the
// host alone: what follows it in a URL may be a secret.
type Error struct {
	Host string // may be empty
	Err  error
}

func (e *Error) Error() string {
	if e.Host == "" {
		return "failed to fetch: " + e.Err.Error()
	}
	return "failed to fetch from " + shorten(e.Host) + ": " + e.Err.Error()
}

func (e *Error) Unwrap() error { return e.Err }

// whyNot returns the error of this package for one of net/http.
func whyNot(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	switch {
	case errors.Is(err, ssrf.ErrProhibitedIP), errors.Is(err, ssrf.ErrProhibitedNetwork):
		return ErrNotPublic
	case errors.Is(err, ssrf.ErrProhibitedPort):
		return ErrPort
	}
	return &transportError{err}
}

// transportError keeps short what net/http quotes of a malformed answer.
type transportError struct{ err error }

func (e *transportError) Error() string { return shorten(e.err.Error()) }
func (e *transportError) Unwrap() error { return e.err }

func shorten(text string) string {
	const most = 300
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + "…"
}
