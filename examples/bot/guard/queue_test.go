package guard

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestALimitedNumberOfCommandsRunsAtATime(t *testing.T) {
	q := NewQueue()
	running, ended, release := make(chan struct{}, 100), make(chan error, 100), make(chan struct{})
	work := func(ctx context.Context) {
		running <- struct{}{}
		select {
		case <-release:
		case <-ctx.Done():
		}
		ended <- context.Cause(ctx)
	}
	for range MaxRunning + MaxWaiting {
		require.True(t, q.Run(work))
	}
	require.False(t, q.Run(work), "there is no room")
	for range MaxRunning {
		<-running
	}
	require.Empty(t, running, "the others wait")

	release <- struct{}{} // one ends
	require.NoError(t, <-ended)
	<-running // and the next one runs

	q.Stop()
	require.Len(t, ended, MaxRunning+MaxWaiting-1)
	for range MaxRunning + MaxWaiting - 1 {
		require.ErrorIs(t, <-ended, ErrStopping)
	}
	require.True(t, q.Run(func(context.Context) { t.Error("it has stopped") }))
}

func TestTooManyAsidesAreDropped(t *testing.T) {
	q := NewQueue()
	ran, release := make(chan struct{}, 100), make(chan struct{})
	for range 2 * MaxAside {
		q.Aside(func(context.Context) { ran <- struct{}{}; <-release })
	}
	close(release)
	q.Stop()
	require.Len(t, ran, MaxAside)
}
