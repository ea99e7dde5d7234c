package guard

import (
	"context"
	"errors"
	"sync"
)

// The limits of a Queue.
const (
	MaxRunning = 4 // commands that run at a time
	MaxWaiting = 8 // commands that wait
	MaxAside   = 4 // functions of Aside that run at a time
)

// ErrStopping is the cause of a command's context when the Queue stops.
var ErrStopping = errors.New("the bot is stopping")

// Queue runs a limited number of commands concurrently. Use NewQueue.
type Queue struct {
	ctx    context.Context // of all commands
	cancel context.CancelCauseFunc
	places chan struct{} // one for each command that runs or waits
	turns  chan struct{} // one for each command that runs
	asides chan struct{}

	mu      sync.Mutex
	stopped bool
	group   sync.WaitGroup
}

// NewQueue returns a Queue that must be stopped.
func NewQueue() *Queue {
	q := &Queue{
		places: make(chan struct{}, MaxRunning+MaxWaiting),
		turns:  make(chan struct{}, MaxRunning),
		asides: make(chan struct{}, MaxAside),
	}
	q.ctx, q.cancel = context.WithCancelCause(context.Background())
	return q
}

// Run runs a command in a new goroutine as soon as fewer than MaxRunning others run. It returns at
// once, with false if the queue is full. A command that is still waiting when the queue stops runs
// with a context that has ended, so that it can answer.
func (q *Queue) Run(run func(context.Context)) bool {
	return q.start(q.places, func(ctx context.Context) {
		select {
		case q.turns <- struct{}{}:
			defer func() { <-q.turns }()
		case <-ctx.Done():
		}
		run(ctx)
	})
}

// Aside runs a short function besides the commands, or drops it if MaxAside of them are running.
func (q *Queue) Aside(run func(context.Context)) { q.start(q.asides, run) }

func (q *Queue) start(places chan struct{}, run func(context.Context)) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.stopped {
		return true // not false: the caller could no longer send an answer
	}
	select {
	case places <- struct{}{}:
	default:
		return false
	}
	q.group.Go(func() {
		defer func() { <-places }()
		run(q.ctx)
	})
	return true
}

// Stop rejects new commands, cancels the running and waiting ones, and waits until they have
// returned.
func (q *Queue) Stop() {
	q.mu.Lock()
	q.stopped = true
	q.mu.Unlock()
	q.cancel(ErrStopping)
	q.group.Wait()
}
