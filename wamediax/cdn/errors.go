package cdn

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// Errors that both uploads and downloads return, for errors.Is.
var (
	// ErrNoHosts means that the media connection lists no host.
	ErrNoHosts = errors.New("media connection has no hosts")
	// ErrStalled means that a host sent or accepted nothing for too long.
	ErrStalled = errors.New("host stalled")
	// ErrTooLarge means that a host refused an object for its size (status 413), or that the object
	// is larger than its message or the caller's limit allows.
	ErrTooLarge = errors.New("media is too large")
	// ErrUnreachable means that a transfer gave up after failures that may be temporary: broken
	// connections, stalls, or status 5xx. Each host's last error is in the chain as well. Try again
	// later.
	ErrUnreachable = errors.New("media hosts are not reachable")
)

// StatusError is an HTTP status other than success.
type StatusError struct {
	Host       string
	StatusCode int
	Body       string // the first bytes of the response, at most 512, without tokens
}

// Error returns the status and the start of the response. The error that wraps it names the host.
func (e *StatusError) Error() string {
	text := strings.TrimSpace(fmt.Sprintf("status %d %s", e.StatusCode, http.StatusText(e.StatusCode)))
	if e.Body != "" {
		text += fmt.Sprintf(" (%q)", e.Body)
	}
	return text
}

// Is makes a 413 match [ErrTooLarge].
func (e *StatusError) Is(target error) bool {
	return target == ErrTooLarge && e.StatusCode == http.StatusRequestEntityTooLarge
}
