package exchange

import (
	"html"
	"net/url"
	"strconv"
	"strings"
)

// redacted replaces a secret.
const redacted = "[redacted]"

// fragment is how many consecutive bytes of a secret are redacted: hosts may quote only a part.
const fragment = 12

// Redact removes secrets from untrusted text: literally, as escaped in URLs, HTML or quoted
// strings, and fragments of 12 bytes or more.
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

// spellings returns the forms in which a secret may appear.
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

// lowerHex changes %2F to %2f.
func lowerHex(escaped string) string {
	out := []byte(escaped)
	for i := range out {
		if out[i] == '%' && i+2 < len(out) {
			copy(out[i:i+3], strings.ToLower(string(out[i:i+3])))
		}
	}
	return string(out)
}

// mark sets hide for each byte of text that belongs to secret or a fragment of it.
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
