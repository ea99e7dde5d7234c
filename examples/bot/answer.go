package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/wamediax/whatsmeow-ext/wamediax"
	"github.com/wamediax/whatsmeow-ext/wamediax/resume"
	"github.com/wamediax/whatsmeow-ext/wamediax/streamenc"
)

// answerError is a failure that is said in the chat as it is.
type answerError struct{ text string }

func (e *answerError) Error() string { return e.text }

func plainly(format string, args ...any) error { return &answerError{fmt.Sprintf(format, args...)} }

// errStopping is why commands end that run when the bot stops.
var errStopping = errors.New("the bot is stopping")

// explain says in the chat, in one line, what went wrong. Errors may have paths of this machine in them: of those that are
// not known here it says no more than that the log has them.
func explain(err error, timeout time.Duration) string {
	var said *answerError
	var source *sourceError
	var status *resume.StatusError
	switch {
	case errors.As(err, &said):
		return said.text
	case errors.Is(err, errStopping):
		return "Not done: the bot is being stopped."
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Sprintf("Not done: it took longer than %v.", timeout)
	case errors.As(err, &source):
		return "The server broke off before the end."
	case errors.Is(err, fs.ErrNotExist):
		return "There is no such file."
	case errors.Is(err, streamenc.ErrSourceChanged):
		return "The file changed while it was sent."
	case errors.Is(err, wamediax.ErrGone):
		return "WhatsApp no longer has it, and the phone neither."
	case errors.Is(err, wamediax.ErrPhoneSilent):
		return "WhatsApp no longer has it, and the phone that could bring it back does not answer. Try later."
	case errors.Is(err, wamediax.ErrUnreachable), errors.Is(err, resume.ErrStalled):
		return "WhatsApp's media hosts cannot be reached. Try later."
	case errors.Is(err, wamediax.ErrTooLarge):
		return "It is larger than allowed, or than its message says."
	case errors.Is(err, resume.ErrTooLarge):
		return "It is too large for WhatsApp."
	case errors.As(err, &status):
		return fmt.Sprintf("WhatsApp's media hosts refuse it (status %d).", status.StatusCode)
	}
	return "That did not work; the bot's log says why."
}
