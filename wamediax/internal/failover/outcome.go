package failover

import (
	"fmt"
	"time"
)

// Outcome classifies the failure of an attempt.
type Outcome int

const (
	// no usable response: the connection broke or stalled, or the response was invalid
	Broken  Outcome = iota
	Busy            // the host asks to try again later: 408, 429, 5xx
	Denied          // the host did not accept the auth token: 401, 403
	Refused         // the host rejects the object: any other 4xx, or wrong content
	Gone            // the host no longer has the object: 404, 410 of a download
	Fatal           // no host can help: reading the source failed
)

var outcomeNames = [...]string{"Broken", "Busy", "Denied", "Refused", "Gone", "Fatal"}

// String returns the constant's name.
func (o Outcome) String() string {
	if o < 0 || int(o) >= len(outcomeNames) {
		return fmt.Sprintf("Outcome(%d)", int(o))
	}
	return outcomeNames[o]
}

// Result describes a failed attempt.
type Result struct {
	Outcome Outcome
	Err     error // not nil
	// Moved is set if bytes of the object may have been transferred. Only for Broken.
	Moved bool
	// Stalled is set if the attempt was cut because nothing moved. Only for Broken.
	Stalled bool
	// Resumed is set if the request started beyond byte 0. Only for Refused.
	Resumed bool
	// RetryAfter is the pause that the host asked for, or 0. Only for Busy.
	RetryAfter time.Duration
}
