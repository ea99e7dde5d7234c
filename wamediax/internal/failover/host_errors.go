package failover

import (
	"fmt"
	"strings"
)

// Said is what hosts said last, in the order in which they are tried. It is an error of one line; errors.Is and errors.As
// look through all of it.
type Said []HostError

// HostError is what one host said last.
type HostError struct {
	Host string
	Err  error
}

// Error names the host and what it said.
func (e HostError) Error() string { return fmt.Sprintf("%s: %v", e.Host, e.Err) }

// Unwrap returns what the host said.
func (e HostError) Unwrap() error { return e.Err }

// Error joins what the hosts said with semicolons.
func (s Said) Error() string {
	texts := make([]string, len(s))
	for i, e := range s {
		texts[i] = e.Error()
	}
	return strings.Join(texts, "; ")
}

// Unwrap returns a [HostError] for each host.
func (s Said) Unwrap() []error {
	errs := make([]error, len(s))
	for i, e := range s {
		errs[i] = e
	}
	return errs
}
