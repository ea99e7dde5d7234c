package wamediax

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	"go.mau.fi/whatsmeow"

	"github.com/wamediax/whatsmeow-ext/wamediax/retry"
)

// Why a download failed, for errors.Is. The first three go with an [*ExpiredError], which says more.
var (
	// ErrExpired: the media hosts no longer have the media. If the phone was not asked, ask it: see [WithReupload].
	ErrExpired = errors.New("media has expired")
	// ErrPhoneSilent: the media has expired, and the phone was asked but did not answer in time. It may be offline: try later.
	ErrPhoneSilent = errors.New("the phone did not answer")
	// ErrGone: the media has expired, and the phone does not have it any more either. Trying again will not help.
	ErrGone = errors.New("media is gone from the phone too")

	// ErrUnreachable: no host gave the media, for reasons that may pass: broken connections, stalls, 5xx. What each host said
	// last is in the chain as well. Try later.
	ErrUnreachable = errors.New("media hosts are not reachable")
	// ErrTooLarge: the object is larger than the message says, or than [WithDownloadLimit] allows.
	ErrTooLarge = errors.New("media is larger than allowed")
)

// ExpiredError says that media has expired, and what the phone said about it. It is [ErrExpired]; it also is [ErrGone],
// [ErrPhoneSilent], and whatsmeow's error for the same status (as [whatsmeow.ErrMediaDownloadFailedWith404]), where they
// apply.
type ExpiredError struct {
	Host       string // the media host that said it last
	StatusCode int    // what it said: 404 or 410, or 401 or 403 twice
	DirectPath string // where the media was looked for

	// Asked says that the phone was asked (see WithReupload). Then either Err says why there is no answer, or Answer is it:
	// retry.Success too, if the media is not where the phone says.
	Asked  bool
	Answer retry.Status
	Err    error
}

// Error names the host, what it said, and what the phone said.
func (e *ExpiredError) Error() string {
	text := fmt.Sprintf("%v: %s: status %d", ErrExpired, e.Host, e.StatusCode)
	switch {
	case !e.Asked:
		return text
	case e.Err != nil:
		return fmt.Sprintf("%s: %v", text, e.Err)
	default:
		return fmt.Sprintf("%s: the phone says: %v", text, e.Answer)
	}
}

// Is tells which of the errors for errors.Is this one is.
func (e *ExpiredError) Is(target error) bool {
	switch target {
	case ErrExpired:
		return true
	case ErrPhoneSilent:
		return errors.Is(e.Err, retry.ErrTimeout)
	case ErrGone:
		return e.Asked && e.Err == nil && e.Answer == retry.NotFound
	}
	status, ok := target.(whatsmeow.DownloadHTTPError)
	return ok && status.Response != nil && status.StatusCode == e.StatusCode
}

// Unwrap returns why the phone gave no answer.
func (e *ExpiredError) Unwrap() error { return e.Err }

// endedBy is the error of a call whose ctx is done: ctx's error, and the cause given for it if that is another one.
func endedBy(ctx context.Context) error {
	if cause := context.Cause(ctx); !errors.Is(cause, ctx.Err()) {
		return fmt.Errorf("%w: %w", ctx.Err(), cause)
	}
	return context.Cause(ctx)
}

// withoutURL strips what net/http wraps around an error: the request, whose query has the object's hash in it.
func withoutURL(err error) error {
	var urlErr *url.Error
	for errors.As(err, &urlErr) {
		err = urlErr.Err
	}
	return err
}
