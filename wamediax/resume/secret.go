package resume

import (
	"fmt"
	"log/slog"
)

// Secret is bytes that loggers do not show: neither package fmt, whatever the verb, nor log/slog, nor anything that marshals
// values as JSON, and that holds for values that contain a Secret too, such as an error. The zero value has no bytes.
type Secret struct{ hidden *hiddenBytes }

// hiddenBytes is two pointers away from whoever has a Secret. [Secret.Format] alone would not do: fmt does not call it for %p,
// nor for an unexported field of another struct. It then follows one pointer, but not two.
type hiddenBytes struct{ bytes *[]byte }

var _ interface {
	fmt.Formatter
	slog.LogValuer
} = Secret{}

// SecretOf returns b as a Secret, which keeps the slice: do not modify it any more. Without bytes it is the zero value.
func SecretOf(b []byte) Secret {
	if len(b) == 0 {
		return Secret{}
	}
	return Secret{&hiddenBytes{&b}}
}

// Bytes returns what s hides, nil for nothing. The caller must not modify it, and must not log it.
func (s Secret) Bytes() []byte {
	if s.hidden == nil {
		return nil
	}
	return *s.hidden.bytes
}

// Format prints how many bytes s hides, whatever the verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = fmt.Fprint(f, s.describe()) }

// LogValue logs how many bytes s hides.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.describe()) }

func (s Secret) describe() string { return fmt.Sprintf("secret (%d bytes)", len(s.Bytes())) }
