package exchange

import (
	"html"
	"net/url"
	"strconv"
	"strings"
)

// redacted takes the place of a secret.
const redacted = "[redacted]"

// fragment is how many bytes in a row of a secret are taken for the secret: hosts may quote a part of it.
const fragment = 12

// Redact takes secrets out of a text that a host had a say in: as they are, as they look in a URL, in HTML or in a quoted
// string, and in fragments of 12 bytes or more.
func Redact(text string, secrets ...string) string {
	hide := make([]bool, len(text))
	found := false
	for _, secret := range secrets {
		for _, form := range spellings(secret) {
			found = mark(hide, text, form) || found
		}
	}
	if !found {
		return text
	}
	var out strings.Builder
	for i := range len(text) {
		switch {
		case !hide[i]:
			out.WriteByte(text[i])
		case i == 0 || !hide[i-1]:
			out.WriteString(redacted)
		}
	}
	return out.String()
}

// spellings are the forms in which a secret may turn up.
func spellings(secret string) []string {
	if secret == "" {
		return nil
	}
	query := url.QueryEscape(secret)
	return []string{
		secret, query, url.PathEscape(secret), lowerHex(query), lowerHex(url.PathEscape(secret)),
		html.EscapeString(secret), strings.Trim(strconv.Quote(secret), `"`),
	}
}

// lowerHex spells %2F as %2f.
func lowerHex(escaped string) string {
	out := []byte(escaped)
	for i := range out {
		if out[i] == '%' && i+2 < len(out) {
			copy(out[i:i+3], strings.ToLower(string(out[i:i+3])))
		}
	}
	return string(out)
}

// mark sets hide wherever text has secret, or a fragment of it.
func mark(hide []bool, text, secret string) (found bool) {
	size := min(fragment, len(secret))
	pieces := make(map[string]bool)
	for i := range len(secret) - size + 1 {
		pieces[secret[i:i+size]] = true
	}
	for i := range len(text) - size + 1 {
		if pieces[text[i:i+size]] {
			found = true
			for j := i; j < i+size; j++ {
				hide[j] = true
			}
		}
	}
	return found
}
