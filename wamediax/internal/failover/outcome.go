package failover

import (
	"fmt"
	"time"
)

// Outcome is how an attempt ended, in the kinds that make a difference for what follows.
type Outcome int

const (
	Broken  Outcome = iota // no usable answer: the connection broke or stalled, or the answer made no sense
	Busy                   // the host asks to try later: 408, 429, 5xx
	Denied                 // the host did not accept the auth token: 401, 403
	Refused                // the host does not take, or give, this object: any other 4xx, or wrong content
	Gone                   // the host no longer has the object: 404, 410 of a download
	Fatal                  // no other attempt can do better: the source failed
)

var outcomeNames = [...]string{"Broken", "Busy", "Denied", "Refused", "Gone", "Fatal"}

// String returns the constant's name.
func (o Outcome) String() string {
	if o < 0 || int(o) >= len(outcomeNames) {
		return fmt.Sprintf("Outcome(%d)", int(o))
	}
	return outcomeNames[o]
}

// Result is an attempt that failed.
type Result struct {
	Outcome Outcome
	Err     error // what the host said, or how reaching it failed; not nil
	// Moved: bytes of the object may have gone over the connection before it ended. Of Broken alone.
	Moved bool
	// Stalled: the host was left because nothing moved for too long. Of Broken alone.
	Stalled bool
	// Resumed: the request began beyond the object's first byte. Of Refused alone.
	Resumed bool
	// RetryAfter is how long the host asked to be left alone. Of Busy alone; 0: it did not ask.
	RetryAfter time.Duration
}
