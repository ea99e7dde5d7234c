// Package wait polls, and abandons calls that do not end with their context.
package wait

import (
	"context"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// Until calls try until it returns true or an error, with growing, jittered pauses between first
// and longest. If ctx ends, it returns ctx's error.
func Until(ctx context.Context, first, longest time.Duration, try func() (bool, error)) error {
	pause := backoff.NewExponentialBackOff()
	pause.InitialInterval, pause.MaxInterval = first, longest
	pause.Reset()
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		if done, err := try(); done || err != nil {
			return err
		}
		timer := time.NewTimer(pause.NextBackOff())
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		}
	}
}
