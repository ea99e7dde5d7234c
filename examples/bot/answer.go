package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"time"

	"github.com/dustin/go-humanize"

	"github.com/wamediax/whatsmeow-ext/wamediax"
	"github.com/wamediax/whatsmeow-ext/wamediax/cdn"
	"github.com/wamediax/whatsmeow-ext/wamediax/productimg"
	"github.com/wamediax/whatsmeow-ext/wamediax/safehttp"
	"github.com/wamediax/whatsmeow-ext/wamediax/streamenc"
)

// answerError is a failure that is said in the chat as it is.
type answerError struct {
	text  string
	cause error // for the log; may be nil
}

func (e *answerError) Error() string {
	if e.cause == nil {
		return e.text
	}
	return e.text + " (" + e.cause.Error() + ")"
}

func (e *answerError) Unwrap() error { return e.cause }

func plainly(format string, args ...any) error {
	return &answerError{text: fmt.Sprintf(format, args...)}
}

// Why the context of a command ends before it is done.
var (
	errStopping = errors.New("the bot is stopping")
	errTimeout  = errors.New("the command took too long")
)

// explain says in the chat, in one line, what went wrong. Errors may have paths of this machine in them: of those that are
// not known here it says no more than that the log has them.
func explain(err error, timeout time.Duration) string {
	var said *answerError
	var fetch *safehttp.Error
	var status *cdn.StatusError
	switch {
	case errors.Is(err, errStopping):
		return "Not done: the bot is being stopped."
	case errors.Is(err, errTimeout):
		return fmt.Sprintf("Not done: it took longer than %v.", timeout)
	case errors.As(err, &said):
		return said.text
	case errors.As(err, &fetch):
		return explainFetch(fetch)
	case errors.Is(err, fs.ErrNotExist):
		return "There is no such file."
	case errors.Is(err, streamenc.ErrSourceChanged):
		return "The file changed while it was sent."
	case errors.Is(err, wamediax.ErrGone):
		return "WhatsApp no longer has it, and the phone neither."
	case errors.Is(err, wamediax.ErrPhoneSilent):
		return "WhatsApp no longer has it, and the phone that could bring it back does not answer. Try later."
	case errors.Is(err, cdn.ErrUnreachable), errors.Is(err, cdn.ErrStalled):
		return "WhatsApp's media hosts cannot be reached. Try later."
	case errors.Is(err, cdn.ErrTooLarge):
		return "It is larger than allowed, than its message says, or than WhatsApp takes."
	case errors.Is(err, productimg.ErrFormat):
		return "It is no JPEG, PNG or WebP picture."
	case errors.Is(err, productimg.ErrTruncated):
		return "The picture is cut off."
	case errors.Is(err, productimg.ErrTooManyPixels):
		return "The picture has too many pixels."
	case errors.As(err, &status):
		return fmt.Sprintf("WhatsApp's media hosts refuse it (status %d).", status.StatusCode)
	}
	return "That did not work; the bot's log says why."
}

// explainFetch says why a URL could not be fetched.
func explainFetch(err *safehttp.Error) string {
	var status *safehttp.StatusError
	var dns *net.DNSError
	switch {
	case errors.Is(err, safehttp.ErrURL):
		return "Only URLs that begin with http:// or https:// and have no user name or password can be sent."
	case errors.Is(err, safehttp.ErrNotPublic):
		return "That URL leads to an address that is not on the open internet."
	case errors.Is(err, safehttp.ErrPort):
		return "Only the ports 80 and 443 are fetched from."
	case errors.Is(err, safehttp.ErrRedirects):
		return "The URL leads on and on."
	case errors.As(err, &status):
		return fmt.Sprintf("The server at %s says %s.", err.Host, cmp.Or(http.StatusText(status.Code), fmt.Sprint(status.Code)))
	case errors.As(err, &dns):
		return "There is no such host."
	}
	return "The server broke off before the end."
}

func tooLarge(max int64) error {
	return plainly("It is larger than the %s that are allowed.", humanize.IBytes(uint64(max)))
}
