// Package fanout has n workers go over many items, at a pace where one is set.
package fanout

import (
	"context"
	"errors"
	"iter"
	"sync"
	"sync/atomic"
)

// Each calls do once for each item, up to n at a time, and yields what it returned as the calls end: the index into items
// and the result. It begins the items in their order. When ctx ends, do is still called for the items that are left; do
// should then return at once.
//
// Where the loop breaks off or panics, Each cancels the context that do got, begins no other item, and returns when all
// workers have ended. A panic of do comes out in the loop. Ranging over the sequence again begins anew.
func Each[T, R any](ctx context.Context, n int, items []T, do func(context.Context, T) R) iter.Seq2[int, R] {
	return func(yield func(int, R) bool) {
		ctx, cancel := context.WithCancel(ctx)
		broken := make(chan struct{})
		var workers sync.WaitGroup
		defer workers.Wait()
		defer close(broken)
		defer cancel()

		var taken atomic.Int64 // items that a worker has begun
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

// call calls do in a goroutine of its own, so that a do that ends its goroutine does not end the worker.
func call[T, R any](ctx context.Context, item T, do func(context.Context, T) R) (r result[R]) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		returned := false
		defer func() {
			if r.panicked = recover(); r.panicked == nil && !returned {
				r.panicked = errors.New("a call ended its goroutine")
			}
		}()
		r.value = do(ctx, item)
		returned = true
	}()
	<-done
	return r
}
