package resume

import (
	"errors"
	"net/url"
	"strings"
)

var (
	// ErrBadAnswer: a host took the object, but its answer does not say where it lies.
	ErrBadAnswer = errors.New("answer is not usable")
	// ErrSource: the body could not be read. The body's own error is in the chain as well.
	ErrSource = errors.New("failed to read the object")
	// ErrChanged: a host says that the object has not the hash that its token says (415), and it is right: the body's
	// bytes are no longer what they were.
	ErrChanged = errors.New("the object has changed")
	// ErrLiveUnsupported: the service refused the first chunk of a live upload: it does not know those, or not of this kind
	// of media. What it said is in the chain, as a [*cdn.StatusError].
	ErrLiveUnsupported = errors.New("live upload is not supported")
)

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
