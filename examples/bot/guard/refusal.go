package guard

import (
	"fmt"

	"github.com/dustin/go-humanize"
)

// Refusal is an error whose text can be sent to the chat. Other errors may contain paths of this
// machine and belong in the log.
type Refusal struct {
	Text  string // a sentence
	Cause error  // for the log; may be nil
}

func (r *Refusal) Error() string {
	if r.Cause == nil {
		return r.Text
	}
	return r.Text + " (" + r.Cause.Error() + ")"
}

func (r *Refusal) Unwrap() error { return r.Cause }

// Refuse returns a Refusal without a cause.
func Refuse(format string, args ...any) error {
	return &Refusal{Text: fmt.Sprintf(format, args...)}
}

// TooLarge returns a Refusal for content of more than limit bytes.
func TooLarge(limit int64) error {
	return Refuse("It is larger than the limit of %s.", humanize.IBytes(uint64(limit)))
}
