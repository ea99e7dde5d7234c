package cdn

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// Errors of uploads and downloads alike, for errors.Is.
var (
	// ErrNoHosts: the media connection lists no host.
	ErrNoHosts = errors.New("media connection has no hosts")
	// ErrStalled: a host moved no byte, or gave no answer, for too long.
	ErrStalled = errors.New("host stalled")
	// ErrTooLarge: a host says that the object is too large for it (413), or the object is larger than its message or the
	// caller's limit allows.
	ErrTooLarge = errors.New("media is too large")
	// ErrUnreachable: the transfer gave up although hosts might serve later: broken connections, stalls, 5xx. What each
	// host said last is in the chain as well.
	ErrUnreachable = errors.New("media hosts are not reachable")
)

// StatusError is an HTTP status that is not a success.
type StatusError struct {
	Host       string
	StatusCode int
	Body       string // the answer's first bytes, at most 512, without tokens
}

// Error returns the status and what the host said with it. It does not name the host: what wraps it does.
func (e *StatusError) Error() string {
	text := strings.TrimSpace(fmt.Sprintf("status %d %s", e.StatusCode, http.StatusText(e.StatusCode)))
	if e.Body != "" {
		text += fmt.Sprintf(" (%q)", e.Body)
	}
	return text
}

// Is reports that a 413 is [ErrTooLarge].
func (e *StatusError) Is(target error) bool {
	return target == ErrTooLarge && e.StatusCode == http.StatusRequestEntityTooLarge
}
