package stickerpack

import (
	"context"
	"errors"
	"sync"

	"golang.org/x/sync/errgroup"
)

// group is an [errgroup.Group] whose functions may run the caller's callbacks. If one panics, the
// others are cancelled and Wait panics with its value, on the caller's goroutine.
type group struct {
	functions *errgroup.Group
	first     sync.Once
	panicked  any
}

func newGroup(ctx context.Context) (*group, context.Context) {
	functions, ctx := errgroup.WithContext(ctx)
	return &group{functions: functions}, ctx
}

func (g *group) Go(fn func() error) {
	g.functions.Go(func() (err error) {
		defer func() {
			if value := recover(); value != nil {
				g.first.Do(func() { g.panicked = value })
				err = errors.New("a callback panicked")
			}
		}()
		return fn()
	})
}

func (g *group) Wait() error {
	err := g.functions.Wait()
	if g.panicked != nil {
		panic(g.panicked)
	}
	return err
}
