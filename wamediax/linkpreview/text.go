package linkpreview

import (
	"strings"
	"unicode"
)

const (
	titleLength       = 300  // characters
	descriptionLength = 1000 // characters
)

// clean turns untrusted text into one line that is safe to display: valid UTF-8, without control
// characters and without marks that change the text direction.
func clean(text string, most int) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r), r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069:
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, "\ufffd"))
	text = strings.Join(strings.Fields(text), " ")
	count := 0
	for i := range text {
		if count++; count > most {
			return strings.TrimSpace(text[:i]) + "…"
		}
	}
	return text
}
