package retry

import (
	"fmt"
	"time"
)

// breaker is a circuit breaker for a phone that is offline. After limit requests in a row without
// an answer it lets one request per pause through, until the phone answers any request. That
// includes requests that nobody waits for any more, since a phone that comes back answers those as
// well. (Circuit breaker libraries ignore the outcome of calls from before the breaker opened.)
type breaker struct {
	limit int // 0: let every request through
	pause time.Duration

	inARow int
	// when the next request is let through; valid from limit unanswered requests on
	next time.Time
}

// ask returns an error if no request may be sent now, and otherwise records one.
func (b *breaker) ask(now time.Time) error {
	if b.limit == 0 || b.inARow < b.limit {
		return nil
	}
	if now.Before(b.next) {
		return fmt.Errorf("%w: phone left the last %d requests unanswered; the next request is sent in %s",
			ErrTimeout, b.inARow, b.next.Sub(now).Round(time.Second))
	}
	b.next = now.Add(b.pause)
	return nil
}

// unanswered records a request that got no answer in time.
func (b *breaker) unanswered(now time.Time) {
	b.inARow++
	if b.inARow == b.limit {
		b.next = now.Add(b.pause)
	}
}

// answered records an answer.
func (b *breaker) answered() { b.inARow = 0 }
