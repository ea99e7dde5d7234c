package command

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"time"

	"github.com/wamediax/whatsmeow-ext/examples/bot/guard"
	"github.com/wamediax/whatsmeow-ext/wamediax"
	"github.com/wamediax/whatsmeow-ext/wamediax/cdn"
	"github.com/wamediax/whatsmeow-ext/wamediax/fetch"
	"github.com/wamediax/whatsmeow-ext/wamediax/preview/voice"
	"github.com/wamediax/whatsmeow-ext/wamediax/productimg"
	"github.com/wamediax/whatsmeow-ext/wamediax/safehttp"
	"github.com/wamediax/whatsmeow-ext/wamediax/streamenc"
)

// errTimeout is the cause of the context of a command that exceeds its timeout.
var errTimeout = errors.New("the command took too long")

// explain returns a line for the chat. Errors can contain paths of this machine, so the chat gets
// only these texts; the log has the rest.
func explain(err error, timeout time.Duration) string {
	var refusal *guard.Refusal
	var web *safehttp.Error
	var status *cdn.StatusError
	switch {
	case errors.Is(err, guard.ErrStopping):
		return "Cancelled: the bot is shutting down."
	case errors.Is(err, errTimeout):
		return fmt.Sprintf("Cancelled: it took longer than %v.", timeout)
	case errors.As(err, &refusal):
		return refusal.Text
	case errors.As(err, &web):
		return explainFetch(web)
	case errors.Is(err, fs.ErrNotExist):
		return "There is no such file."
	case errors.Is(err, streamenc.ErrSourceChanged):
		return "The file changed while it was being sent."
	case errors.Is(err, wamediax.ErrGone):
		return "It has expired, and the phone no longer has it either."
	case errors.Is(err, wamediax.ErrPhoneSilent):
		return "It has expired, and the phone did not answer the request to upload it again. Try later."
	case errors.Is(err, fetch.ErrExpired):
		return "It has expired."
	case errors.Is(err, wamediax.ErrViewOnce):
		return "View-once media cannot be forwarded."
	case errors.Is(err, wamediax.ErrKind):
		return "It is not a picture or video that phones can show."
	case errors.Is(err, cdn.ErrUnreachable), errors.Is(err, cdn.ErrStalled):
		return "WhatsApp's media hosts cannot be reached. Try later."
	case errors.Is(err, cdn.ErrTooLarge):
		return "It is larger than the limit, than its message claims, or than WhatsApp accepts."
	case errors.Is(err, productimg.ErrTruncated): // it wraps ErrFormat
		return "The picture is incomplete."
	case errors.Is(err, productimg.ErrFormat):
		return "It is not a JPEG, PNG or WebP picture."
	case errors.Is(err, productimg.ErrTooManyPixels):
		return "The picture has too many pixels."
	case errors.Is(err, voice.ErrFormat):
		return "It is not a WAV or MP3 file with sound that can be read."
	case errors.Is(err, voice.ErrEmpty):
		return "There is no sound in it."
	case errors.As(err, &status):
		return fmt.Sprintf("WhatsApp's media hosts refused it (status %d).", status.StatusCode)
	}
	return "That failed. The bot's log has the reason."
}

// explainFetch is explain for errors of fetching a URL.
func explainFetch(err *safehttp.Error) string {
	var status *safehttp.StatusError
	var dns *net.DNSError
	switch {
	case errors.Is(err, safehttp.ErrURL):
		return "Only http:// and https:// URLs without a user name or password can be used."
	case errors.Is(err, safehttp.ErrNotPublic):
		return "That URL leads to an address that is not public."
	case errors.Is(err, safehttp.ErrPort):
		return "Only ports 80 and 443 can be used."
	case errors.Is(err, safehttp.ErrCompressed):
		return "The server compressed the file although the bot asked it not to."
	case errors.Is(err, safehttp.ErrRedirects):
		return "The URL has too many redirects."
	case errors.As(err, &status):
		return fmt.Sprintf("The server at %s answered: %s.", err.Host, cmp.Or(http.StatusText(status.Code), fmt.Sprint(status.Code)))
	case errors.As(err, &dns):
		return "There is no such host."
	}
	return "The server closed the connection too early."
}
