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
	// ErrURL means that a URL, or the target of a redirect, is not an http or https URL with a host
	// and without user name and password.
	ErrURL = errors.New("not a URL to fetch: it needs http:// or https://, a host, and no user name or password")

	// ErrNotPublic means that a URL, or the target of a redirect, resolves to an address that is
	// not on the public internet.
	ErrNotPublic = errors.New("address is not on the public internet")

	// ErrPort means that a URL, or the target of a redirect, has a forbidden port. See WithPorts.
	ErrPort = errors.New("port is not allowed")

	// ErrRedirects means that there were more than five redirects.
	ErrRedirects = fmt.Errorf("more than %d redirects", maxRedirects)

	// ErrTooLarge means that the body exceeds the caller's limit.
	ErrTooLarge = errors.New("body is too large")

	// ErrCompressed means that the server compressed the body although the request forbids it.
	ErrCompressed = errors.New("server compressed the body against the request")
)

// StatusError means that the server responded with a status other than 200.
type StatusError struct{ Code int }

func (e *StatusError) Error() string {
	return strings.TrimSpace(fmt.Sprintf("server returned status %d %s", e.Code, http.StatusText(e.Code)))
}

// Error is a failure to fetch. It contains only the host of the URL, because the rest may be
// secret.
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

// whyNot translates an error of net/http into one of this package.
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

// transportError truncates what net/http quotes from a malformed response.
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
