package main

import (
	"context"
	"sync"
)

// Commands that run at a time, that wait for their turn, and answers beside them that say why there is none.
const (
	maxRunning = 4
	maxWaiting = 8
	maxAside   = 4
)

// runner runs commands at the same time, but not too many, and ends with the last of them.
type runner struct {
	ctx     context.Context // of all commands
	cancel  context.CancelCauseFunc
	room    chan struct{} // one for each command that runs or waits
	turns   chan struct{} // one for each that runs
	besides chan struct{}

	mu      sync.Mutex
	stopped bool
	group   sync.WaitGroup
}

func newRunner(ctx context.Context) *runner {
	r := &runner{
		room:    make(chan struct{}, maxRunning+maxWaiting),
		turns:   make(chan struct{}, maxRunning),
		besides: make(chan struct{}, maxAside),
	}
	r.ctx, r.cancel = context.WithCancelCause(ctx)
	return r
}

// start runs a command when its turn comes; false: there is no room. It never waits. What is started while the runner stops
// runs with a context that has ended.
func (r *runner) start(run func(context.Context)) bool {
	return r.in(r.room, func(ctx context.Context) {
		select {
		case r.turns <- struct{}{}:
			defer func() { <-r.turns }()
		case <-ctx.Done():
		}
		run(ctx)
	})
}

// aside runs what is short, beside the commands, or drops it.
func (r *runner) aside(run func(context.Context)) { r.in(r.besides, run) }

func (r *runner) in(room chan struct{}, run func(context.Context)) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.stopped {
		return true // there is nobody any more whom it would help to know
	}
	select {
	case room <- struct{}{}:
	default:
		return false
	}
	r.group.Go(func() {
		defer func() { <-room }()
		run(r.ctx)
	})
	return true
}

// stop takes no more commands, cancels those that there are, and waits for them.
func (r *runner) stop() {
	r.mu.Lock()
	r.stopped = true
	r.mu.Unlock()
	r.cancel(errStopping)
	r.group.Wait()
}
