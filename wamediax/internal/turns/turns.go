// Package turns is a semaphore that is fair between accounts. Waiting accounts
// take turns, so that an account with many requests delays another by one turn
// only.
package turns

import (
	"context"
	"slices"
	"sync"
)

// Turns is a semaphore shared by accounts.
type Turns struct {
	mu      sync.Mutex
	free    int        // 0 while any account waits
	waiting []*Account // accounts with waiters, in the order of their next turns
}

// New returns n turns, at least one.
func New(n int) *Turns { return &Turns{free: max(n, 1)} }

// Account acquires turns for one account. It is safe for concurrent use.
type Account struct {
	turns *Turns
	queue []chan struct{} // waiters in order of arrival; closed when it is their turn
}

// Join returns a new account.
func (t *Turns) Join() *Account { return &Account{turns: t} }

// Acquire waits for a turn. It returns ctx's cause if ctx ends first; otherwise the caller must
// call Release.
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
	case <-mine: // granted meanwhile: pass it on
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

// pass gives a turn to the account that has waited longest. The caller holds t.mu.
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
