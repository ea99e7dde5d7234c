// Package turns shares a number of turns among accounts. Accounts that wait
// get them one after the other, so that one with much to do delays another by
// one turn, not by all of its own.
package turns

import (
	"context"
	"slices"
	"sync"
)

// Turns is a number of turns that accounts share.
type Turns struct {
	mu      sync.Mutex
	free    int        // 0 while anyone waits
	waiting []*Account // those with somebody waiting, in the order of their next turns
}

// New returns n turns, at least one.
func New(n int) *Turns { return &Turns{free: max(n, 1)} }

// Account takes turns for one account. It may be used by many goroutines at once.
type Account struct {
	turns *Turns
	queue []chan struct{} // of those that wait, in the order in which they came; closed when it is their turn
}

// Join returns a new account.
func (t *Turns) Join() *Account { return &Account{turns: t} }

// Acquire waits for a turn of the account. The caller must call Release after it, unless it returned an error: ctx's cause.
func (a *Account) Acquire(ctx context.Context) error {
	t := a.turns
	t.mu.Lock()
	if t.free > 0 {
		t.free--
		t.mu.Unlock()
		return nil
	}
	mine := make(chan struct{})
	if a.queue = append(a.queue, mine); len(a.queue) == 1 {
		t.waiting = append(t.waiting, a)
	}
	t.mu.Unlock()
	select {
	case <-mine:
		return nil
	case <-ctx.Done():
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	select {
	case <-mine: // it came meanwhile: somebody else can have it
		t.pass()
	default:
		a.queue = slices.DeleteFunc(a.queue, func(other chan struct{}) bool { return other == mine })
		if len(a.queue) == 0 {
			t.waiting = slices.DeleteFunc(t.waiting, func(other *Account) bool { return other == a })
		}
	}
	return context.Cause(ctx)
}

// Release ends a turn.
func (a *Account) Release() {
	a.turns.mu.Lock()
	defer a.turns.mu.Unlock()
	a.turns.pass()
}

// pass gives a turn to the account that waits longest for its next one. t.mu is held.
func (t *Turns) pass() {
	if len(t.waiting) == 0 {
		t.free++
		return
	}
	a := t.waiting[0]
	next := a.queue[0]
	a.queue = slices.Delete(a.queue, 0, 1)
	t.waiting = slices.Delete(t.waiting, 0, 1)
	if len(a.queue) > 0 {
		t.waiting = append(t.waiting, a)
	}
	close(next)
}
