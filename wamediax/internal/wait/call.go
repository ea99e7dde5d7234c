package wait

import (
	"context"
	"time"
)

// grace is how long Call waits, once its context has ended, for a function that is about to notice.
const grace = 50 * time.Millisecond

// Call calls fn and returns what it returned. If ctx ends and fn does not return soon after, Call leaves fn to itself and
// returns ctx's error: databases and file systems do not always end a call with its context. fn then goes on in a goroutine
// of its own until it returns, and a value that it returns without an error is passed to late, unless that is nil.
//
// A panic of fn is Call's. Once Call has left fn, nobody could recover it any more, and it ends fn alone.
func Call[T any](ctx context.Context, fn func(context.Context) (T, error), late func(T)) (T, error) {
	if err := ctx.Err(); err != nil {
		var none T
		return none, err
	}
	if ctx.Done() == nil {
		return fn(ctx)
	}
	returned, left := make(chan result[T]), make(chan struct{})
	go func() {
		r := resultOf(ctx, fn)
		select {
		case returned <- r:
		case <-left:
			if r.panicked == nil && r.err == nil && late != nil {
				late(r.value)
			}
		}
	}()
	select {
	case r := <-returned:
		return r.get()
	case <-ctx.Done():
	}
	timer := time.NewTimer(grace)
	defer timer.Stop()
	select {
	case r := <-returned:
		return r.get()
	case <-timer.C:
		close(left)
		var none T
		return none, ctx.Err()
	}
}

// Do is [Call] for a function that returns nothing but an error.
func Do(ctx context.Context, fn func(context.Context) error) error {
	_, err := Call(ctx, func(ctx context.Context) (struct{}, error) { return struct{}{}, fn(ctx) }, nil)
	return err
}

type result[T any] struct {
	value    T
	err      error
	panicked any
}

func (r result[T]) get() (T, error) {
	if r.panicked != nil {
		panic(r.panicked)
	}
	return r.value, r.err
}

func resultOf[T any](ctx context.Context, fn func(context.Context) (T, error)) (r result[T]) {
	defer func() { r.panicked = recover() }()
	r.value, r.err = fn(ctx)
	return r
}
