package guard

import (
	"context"
	"errors"
	"sync"
)

// The bounds of a Queue.
const (
	MaxRunning = 4 // commands that run at a time
	MaxWaiting = 8 // commands that wait for their turn
	MaxAside   = 4 // short answers beside them
)

// ErrStopping is the cause of a command's context when the Queue stops.
var ErrStopping = errors.New("the bot is stopping")

// Queue runs commands concurrently, within bounds. Use NewQueue.
type Queue struct {
	ctx    context.Context // of all commands
	cancel context.CancelCauseFunc
	room   chan struct{} // one for each command that runs or waits
	turns  chan struct{} // one for each that runs
	asides chan struct{}

	mu      sync.Mutex
	stopped bool
	group   sync.WaitGroup
}

// NewQueue returns a Queue that must be stopped.
func NewQueue() *Queue {
	q := &Queue{
		room:   make(chan struct{}, MaxRunning+MaxWaiting),
		turns:  make(chan struct{}, MaxRunning),
		asides: make(chan struct{}, MaxAside),
	}
	q.ctx, q.cancel = context.WithCancelCause(context.Background())
	return q
}

// Run runs a command in a goroutine of its own as soon as there is a turn, and returns at once. It
// returns false if the queue is full. A command that waits while the queue stops runs with a context
// that has ended, so that it can answer.
func (q *Queue) Run(run func(context.Context)) bool {
	return q.start(q.room, func(ctx context.Context) {
		select {
		case q.turns <- struct{}{}:
			defer func() { <-q.turns }()
		case <-ctx.Done():
		}
		run(ctx)
	})
}

// Aside runs something short beside the commands, or drops it if there is too much of that.
func (q *Queue) Aside(run func(context.Context)) { q.start(q.asides, run) }

func (q *Queue) start(room chan struct{}, run func(context.Context)) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.stopped {
		return true // no answer could be sent any more
	}
	select {
	case room <- struct{}{}:
	default:
		return false
	}
	q.group.Go(func() {
		defer func() { <-room }()
		run(q.ctx)
	})
	return true
}

// Stop takes no more commands, cancels the others, and waits until they have returned.
func (q *Queue) Stop() {
	q.mu.Lock()
	q.stopped = true
	q.mu.Unlock()
	q.cancel(ErrStopping)
	q.group.Wait()
}
