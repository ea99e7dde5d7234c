package resume

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

var (
	// ErrNoHosts: the media connection lists no host for this kind of media.
	ErrNoHosts = errors.New("media connection has no hosts")
	// ErrStalled: a host took no byte, or gave no answer, for too long ([WithStallTimeout], [WithAnswerTimeout]).
	ErrStalled = errors.New("host stalled")
	// ErrTooLarge: a host says that the object is too large for it (413).
	ErrTooLarge = errors.New("object too large")
	// ErrBadAnswer: a host took the object, but its answer does not say where it lies.
	ErrBadAnswer = errors.New("answer is not usable")
	// ErrSource: the body could not be read. The body's own error is in the chain as well.
	ErrSource = errors.New("failed to read the object")
	// ErrChanged: a host says that the object has not the hash that its token says (415), and it is right: the body's
	// bytes are no longer what they were.
	ErrChanged = errors.New("the object has changed")
	// ErrLiveUnsupported: the service refused the first chunk of a live upload: it does not know those, or not of this kind
	// of media. What it said is in the chain, as a [*StatusError].
	ErrLiveUnsupported = errors.New("live upload is not supported")
)

// StatusError is an HTTP status that is no success.
type StatusError struct {
	Host       string
	StatusCode int
	Body       string // the answer's first bytes, 512 at most, without tokens
}

// Error names the status and what the host said with it; the host is named by what wraps it.
func (e *StatusError) Error() string {
	text := fmt.Sprintf("status %d %s", e.StatusCode, http.StatusText(e.StatusCode))
	if e.Body != "" {
		text += fmt.Sprintf(" (%q)", e.Body)
	}
	return strings.TrimSpace(text)
}

// Is tells that a 413 is [ErrTooLarge].
func (e *StatusError) Is(target error) bool {
	return target == ErrTooLarge && e.StatusCode == http.StatusRequestEntityTooLarge
}

// withoutURL strips what net/http wraps around an error: the request's URL, and with it the auth token.
func withoutURL(err error) error {
	var urlErr *url.Error
	for errors.As(err, &urlErr) {
		err = urlErr.Err
	}
	return err
}

// redact takes secrets, as they are and as they look in a URL, out of a text that a host sent.
func redact(text string, secrets ...string) string {
	for _, secret := range secrets {
		if secret == "" {
			continue
		}
		for _, form := range []string{secret, url.QueryEscape(secret), url.PathEscape(secret)} {
			text = strings.ReplaceAll(text, form, "[redacted]")
		}
	}
	return text
}
