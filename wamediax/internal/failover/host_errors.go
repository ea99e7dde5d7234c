package failover

import (
	"fmt"
	"strings"
)

// HostErrors has the last error of each host, in the order of attempts. It is an error of one line.
// errors.Is and errors.As search all of it.
type HostErrors []HostError

// HostError is the last error of one host.
type HostError struct {
	Host string
	Err  error
}

// Error returns the host and the error on one line, also for the lines of errors.Join.
func (e HostError) Error() string {
	return fmt.Sprintf("%s: %s", e.Host, strings.ReplaceAll(e.Err.Error(), "\n", "; "))
}

// Unwrap returns the host's error.
func (e HostError) Unwrap() error { return e.Err }

// Error joins the errors with semicolons.
func (s HostErrors) Error() string {
	texts := make([]string, len(s))
	for i, e := range s {
		texts[i] = e.Error()
	}
	return strings.Join(texts, "; ")
}

// Unwrap returns the errors of the hosts.
func (s HostErrors) Unwrap() []error {
	errs := make([]error, len(s))
	for i, e := range s {
		errs[i] = e
	}
	return errs
}
