package main

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCommandsRunAtTheSameTimeButNotTooMany(t *testing.T) {
	r := newRunner(t.Context())
	running, ended, release := make(chan struct{}, 100), make(chan error, 100), make(chan struct{})
	work := func(ctx context.Context) {
		running <- struct{}{}
		select {
		case <-release:
		case <-ctx.Done():
		}
		ended <- context.Cause(ctx)
	}
	for range maxRunning + maxWaiting {
		require.True(t, r.start(work))
	}
	require.False(t, r.start(work), "there is no room")
	for range maxRunning {
		<-running
	}
	require.Empty(t, running, "the others wait")

	release <- struct{}{} // one ends
	require.NoError(t, <-ended)
	<-running // and the next one runs

	r.stop()
	require.Len(t, ended, maxRunning+maxWaiting-1)
	for range maxRunning + maxWaiting - 1 {
		require.ErrorIs(t, <-ended, errStopping)
	}
	require.True(t, r.start(func(context.Context) { t.Error("it has stopped") }))
}

func TestAnswersBesideCommandsAreDroppedWhenThereAreTooMany(t *testing.T) {
	r := newRunner(t.Context())
	ran, release := make(chan struct{}, 100), make(chan struct{})
	for range 2 * maxAside {
		r.aside(func(context.Context) { ran <- struct{}{}; <-release })
	}
	close(release)
	r.stop()
	require.Len(t, ran, maxAside)
}
