package fetch

import (
	"errors"
	"fmt"
	"net/http"

	"go.mau.fi/whatsmeow"

	"github.com/wamediax/whatsmeow-ext/wamediax/cdn"
	"github.com/wamediax/whatsmeow-ext/wamediax/internal/failover"
	"github.com/wamediax/whatsmeow-ext/wamediax/streamenc"
)

// ErrExpired: the media hosts no longer have the media. It comes as an [*ExpiredError], which says more.
var ErrExpired = errors.New("media has expired")

// ExpiredError says that media has expired. It is [ErrExpired], whatsmeow's error for the same status (such as
// [whatsmeow.ErrMediaDownloadFailedWith404]), and whatever Err is.
type ExpiredError struct {
	Host       string // the media host that said it last
	StatusCode int    // what it said: 404, 410, 403 for a URL that has expired, or 401 or 403 for a token that it should have accepted
	DirectPath string // where the media was looked for
	// Asked says that [WithGone]'s function was called. Err is then its error, or says that its path did not help.
	Asked bool
	Err   error

	said failover.Said // by each host
}

// Error says what each host said, and why the media could not be brought back.
func (e *ExpiredError) Error() string {
	text := fmt.Sprintf("%v: ", ErrExpired)
	if len(e.said) > 0 {
		text += e.said.Error()
	} else {
		text += fmt.Sprintf("%s: status %d", e.Host, e.StatusCode)
	}
	if e.Err != nil {
		text += fmt.Sprintf("; %v", e.Err)
	}
	return text
}

// Unwrap returns the errors that this one also is.
func (e *ExpiredError) Unwrap() []error {
	errs := []error{ErrExpired, httpError(e.StatusCode)}
	if e.Err != nil {
		errs = append(errs, e.Err)
	}
	if len(e.said) > 0 {
		errs = append(errs, e.said)
	}
	return errs
}

// httpError is whatsmeow's error for a status.
func httpError(status int) error {
	return whatsmeow.DownloadHTTPError{Response: &http.Response{StatusCode: status}}
}

// statusError is a status in both dialects, whatsmeow's and ours.
type statusError struct{ *cdn.StatusError }

func (e statusError) Unwrap() []error { return []error{e.StatusError, httpError(e.StatusCode)} }

// alsoError is an error that is whatsmeow's as well.
type alsoError struct {
	error
	also error
}

func (e alsoError) Unwrap() []error { return []error{e.error, e.also} }

var errNoHash error = alsoError{
	errors.New("message has neither a media key nor a fileSHA256: its media cannot be verified"),
	whatsmeow.ErrInvalidUnencryptedMediaSHA256,
}

// inDialect adds whatsmeow's error to what decrypting size bytes of an object found wrong.
func inDialect(err error, size int64) error {
	switch {
	case errors.Is(err, whatsmeow.ErrInvalidMediaEncSHA256), errors.Is(err, whatsmeow.ErrInvalidMediaSHA256):
		return err
	case errors.Is(err, streamenc.ErrInvalidMAC):
		return alsoError{err, whatsmeow.ErrInvalidMediaHMAC}
	case errors.Is(err, streamenc.ErrTruncated) && size <= macSize:
		return alsoError{err, whatsmeow.ErrTooShortFile}
	case errors.Is(err, streamenc.ErrTruncated):
		return alsoError{err, whatsmeow.ErrInvalidMediaEncSHA256}
	}
	return err
}

// macSize is how many bytes of an encrypted object are its MAC.
const macSize = 10
