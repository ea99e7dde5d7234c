package fanout

import (
	"context"
	"math/rand/v2"
	"time"

	"golang.org/x/time/rate"
)

// Pace spreads starts over time. A nil Pace does not limit them.
type Pace struct {
	limiter *rate.Limiter
	jitter  time.Duration
}

// NewPace returns a Pace of one start per interval on average: the first at once, each other one
// delayed at random by up to half an interval. It returns nil if interval <= 0.
func NewPace(interval time.Duration) *Pace {
	if interval <= 0 {
		return nil
	}
	return &Pace{limiter: rate.NewLimiter(rate.Every(interval), 1), jitter: interval / 2}
}

// Wait waits until the next start. It returns ctx's cause if ctx ends first.
func (p *Pace) Wait(ctx context.Context) error {
	if p == nil || ctx.Err() != nil {
		return context.Cause(ctx)
	}
	delay := p.limiter.Reserve().Delay() // rate's own Wait fails at once if ctx would end first
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
