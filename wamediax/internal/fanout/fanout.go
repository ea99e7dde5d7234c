// Package fanout runs a function for many items with n workers, optionally
// paced.
package fanout

import (
	"context"
	"errors"
	"iter"
	"sync"
	"sync/atomic"
)

// Each calls do for each item, up to n at a time, in the order of items. It yields each index and
// result as the calls return. After ctx has ended it still calls do for the remaining items; do
// should then return at once.
//
// If the loop breaks or panics, Each cancels do's context, starts no further item, and returns when
// all workers have ended. If do panics, the loop panics. Ranging over the sequence again starts
// again.
func Each[T, R any](ctx context.Context, n int, items []T, do func(context.Context, T) R) iter.Seq2[int, R] {
	return func(yield func(int, R) bool) {
		ctx, cancel := context.WithCancel(ctx)
		broken := make(chan struct{})
		var workers sync.WaitGroup
		defer workers.Wait()
		defer close(broken)
		defer cancel()

		var taken atomic.Int64 // items that workers have started
		ended := make(chan result[R])
		for range min(max(n, 1), len(items)) {
			workers.Go(func() {
				for {
					i := int(taken.Add(1)) - 1
					if i >= len(items) {
						return
					}
					select {
					case <-broken:
						return
					default:
					}
					r := call(ctx, items[i], do)
					r.index = i
					select {
					case ended <- r:
					case <-broken:
						return
					}
				}
			})
		}
		for range items {
			r := <-ended
			if r.panicked != nil {
				panic(r.panicked)
			}
			if !yield(r.index, r.value) {
				return
			}
		}
	}
}

type result[R any] struct {
	index    int
	value    R
	panicked any
}

// call runs do in a new goroutine, so that runtime.Goexit in do does not end the worker.
func call[T, R any](ctx context.Context, item T, do func(context.Context, T) R) (r result[R]) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		returned := false
		defer func() {
			if r.panicked = recover(); r.panicked == nil && !returned {
				r.panicked = errors.New("a call ended its goroutine with runtime.Goexit")
			}
		}()
		r.value = do(ctx, item)
		returned = true
	}()
	<-done
	return r
}
