package fanout

import (
	"context"
	"math/rand/v2"
	"time"

	"golang.org/x/time/rate"
)

// Pace spreads beginnings over time. A nil Pace lets everything begin at once.
type Pace struct {
	limiter *rate.Limiter
	jitter  time.Duration
}

// NewPace lets one thing begin per interval on average: the first at once, each other up to half an interval late. 0 or less:
// no pace.
func NewPace(interval time.Duration) *Pace {
	if interval <= 0 {
		return nil
	}
	return &Pace{limiter: rate.NewLimiter(rate.Every(interval), 1), jitter: interval / 2}
}

// Wait returns when the next thing may begin. The error is ctx's cause.
func (p *Pace) Wait(ctx context.Context) error {
	if p == nil || ctx.Err() != nil {
		return context.Cause(ctx)
	}
	delay := p.limiter.Reserve().Delay() // rate's own Wait fails at once where ctx would end before
	if delay == 0 {
		return nil
	}
	timer := time.NewTimer(delay + rand.N(p.jitter+1))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
