package resume

import (
	"fmt"
	"log/slog"
)

// Secret holds bytes that loggers do not show: neither package fmt with any verb, nor log/slog, nor
// encoding/json, also if the Secret is a part of another value, such as an error. The zero value
// holds no bytes.
type Secret struct{ hidden *hiddenBytes }

// hiddenBytes is two pointers away from a Secret. [Secret.Format] alone is not enough: fmt does not
// call it for %p, or for unexported fields of another struct. In those cases fmt follows one
// pointer, but not two.
type hiddenBytes struct{ bytes *[]byte }

var _ interface {
	fmt.Formatter
	slog.LogValuer
} = Secret{}

// SecretOf returns b as a Secret. It keeps b, so do not modify it afterwards. If b is empty, it
// returns the zero value.
func SecretOf(b []byte) Secret {
	if len(b) == 0 {
		return Secret{}
	}
	return Secret{&hiddenBytes{&b}}
}

// Bytes returns the secret bytes, or nil if there are none. The caller must neither modify nor log
// them.
func (s Secret) Bytes() []byte {
	if s.hidden == nil {
		return nil
	}
	return *s.hidden.bytes
}

// Format prints the number of bytes for every verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = fmt.Fprint(f, s.describe()) }

// LogValue logs the number of bytes.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.describe()) }

func (s Secret) describe() string { return fmt.Sprintf("secret (%d bytes)", len(s.Bytes())) }
