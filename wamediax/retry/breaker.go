package retry

import (
	"fmt"
	"time"
)

// breaker is a circuit breaker for a phone that is offline. It counts the questions that got no answer, and from limit such
// questions in a row on lets one question per pause through, until there is an answer. The answer may be to any question, also
// to one that nobody waits for any more: a phone that comes back answers what was asked meanwhile. (The breakers of libraries
// ignore how calls end that began before the breaker opened.)
type breaker struct {
	limit int // 0: every question is let through
	pause time.Duration

	inARow int
	next   time.Time // when the next question is let through; only after limit silent ones
}

// ask reports why a question must not be asked now, or notes that it is.
func (b *breaker) ask(now time.Time) error {
	if b.limit == 0 || b.inARow < b.limit {
		return nil
	}
	if now.Before(b.next) {
		return fmt.Errorf("%w: it has left the last %d requests unanswered and is not asked again for %s",
			ErrTimeout, b.inARow, b.next.Sub(now).Round(time.Second))
	}
	b.next = now.Add(b.pause)
	return nil
}

// unanswered notes a question that got no answer in time.
func (b *breaker) unanswered(now time.Time) {
	b.inARow++
	if b.inARow == b.limit {
		b.next = now.Add(b.pause)
	}
}

// answered notes an answer.
func (b *breaker) answered() { b.inARow = 0 }
