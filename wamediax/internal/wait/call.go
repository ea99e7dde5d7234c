package wait

import (
	"context"
	"time"
)

// grace is how long Call waits after its context ends for the function to return.
const grace = 50 * time.Millisecond

// Call calls fn and returns its result. Databases and file systems do not always return when their
// context ends. If fn does not return soon after ctx ends, Call returns ctx's error and leaves fn
// running in a goroutine. If fn then succeeds, late is called with its value, unless late is nil.
//
// If fn panics, Call panics. A panic after Call has returned is discarded, as no caller could
// recover it.
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

// Do is [Call] for a function that only returns an error.
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
