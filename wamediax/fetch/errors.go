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

// ErrExpired means that the media hosts no longer have the media. Use errors.As with
// [*ExpiredError] for details.
var ErrExpired = errors.New("media has expired")

// ExpiredError is returned when the media hosts no longer have the media. It matches [ErrExpired],
// whatsmeow's error for the same status (such as [whatsmeow.ErrMediaDownloadFailedWith404]), and
// the errors in Err's chain.
type ExpiredError struct {
	Host string // the last media host that reported it
	// its status: 404, 410, 403 for an expired URL, or 401 or 403 for a token that should be valid
	StatusCode int
	DirectPath string // the path that was requested
	// Asked is set if [WithGone]'s function was called. Err is then its error, or explains why the
	// new path did not help.
	Asked bool
	Err   error

	hostErrs failover.HostErrors
}

// Error names each host with its last error, and the reason why the media could not be uploaded
// again.
func (e *ExpiredError) Error() string {
	text := fmt.Sprintf("%v: ", ErrExpired)
	if len(e.hostErrs) > 0 {
		text += e.hostErrs.Error()
	} else {
		text += fmt.Sprintf("%s: status %d", e.Host, e.StatusCode)
	}
	if e.Err != nil {
		text += fmt.Sprintf("; %v", e.Err)
	}
	return text
}

// Unwrap returns the errors that e also matches.
func (e *ExpiredError) Unwrap() []error {
	errs := []error{ErrExpired, httpError(e.StatusCode)}
	if e.Err != nil {
		errs = append(errs, e.Err)
	}
	if len(e.hostErrs) > 0 {
		errs = append(errs, e.hostErrs)
	}
	return errs
}

// httpError returns whatsmeow's error for a status.
func httpError(status int) error {
	return whatsmeow.DownloadHTTPError{Response: &http.Response{StatusCode: status}}
}

// statusError is an HTTP status that matches both cdn's and whatsmeow's error.
type statusError struct{ *cdn.StatusError }

func (e statusError) Unwrap() []error { return []error{e.StatusError, httpError(e.StatusCode)} }

// alsoError is an error that matches whatsmeow's error as well.
type alsoError struct {
	error
	also error
}

func (e alsoError) Unwrap() []error { return []error{e.error, e.also} }

var errNoHash error = alsoError{
	errors.New("message has neither a media key nor a fileSHA256, so that its media cannot be verified"),
	whatsmeow.ErrInvalidUnencryptedMediaSHA256,
}

// inDialect adds whatsmeow's error to the error of decrypting an object of size bytes.
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

// macSize is the size in bytes of the MAC at an encrypted object's end.
const macSize = 10
