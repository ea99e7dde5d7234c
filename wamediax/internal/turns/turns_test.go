package turns_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/wamediax/whatsmeow-ext/wamediax/internal/turns"
)

func TestABusyAccountDelaysOthersByOneTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shared := turns.New(1)
		busy, quiet, other := shared.Join(), shared.Join(), shared.Join()
		require.NoError(t, busy.Acquire(t.Context()))
		var order []string
		ask := func(account *turns.Account, name string) {
			go func() {
				if account.Acquire(t.Context()) == nil {
					order = append(order, name)
				}
			}()
			synctest.Wait()
		}
		ask(busy, "busy 1")
		ask(busy, "busy 2")
		ask(busy, "busy 3")
		ask(quiet, "quiet 1")
		ask(other, "other 1")
		ask(quiet, "quiet 2")
		for range 6 {
			busy.Release()
			synctest.Wait()
		}
		require.Equal(t, []string{"busy 1", "quiet 1", "other 1", "busy 2", "quiet 2", "busy 3"}, order)
	})
}

func TestACancelledWaitLosesNoTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shared := turns.New(1)
		first, gone, last := shared.Join(), shared.Join(), shared.Join()
		require.NoError(t, first.Acquire(t.Context()))
		why := errors.New("the caller is gone")
		ctx, cancel := context.WithCancelCause(t.Context())
		errs := make(chan error, 1)
		go func() { errs <- gone.Acquire(ctx) }()
		synctest.Wait()
		cancel(why)
		require.ErrorIs(t, <-errs, why)

		got := make(chan error, 1)
		go func() { got <- last.Acquire(t.Context()) }()
		synctest.Wait()
		first.Release()
		require.NoError(t, <-got)
		last.Release()
		require.NoError(t, gone.Acquire(t.Context()))
	})
}

func TestNoMoreThanNTurnsAreActive(t *testing.T) {
	const n = 3
	shared := turns.New(n)
	var working sync.WaitGroup
	var now, most atomic.Int64
	for range 20 {
		account := shared.Join()
		for range 20 {
			working.Go(func() {
				ctx, cancel := context.WithCancel(t.Context())
				if now.Load()%2 == 0 {
					cancel() // either way no turn is lost or added
				}
				defer cancel()
				if account.Acquire(ctx) != nil {
					return
				}
				defer account.Release()
				if at := now.Add(1); at > most.Load() {
					most.Store(at)
				}
				now.Add(-1)
			})
		}
	}
	working.Wait()
	require.LessOrEqual(t, most.Load(), int64(n))
	account := shared.Join()
	for range n {
		require.NoError(t, account.Acquire(t.Context()))
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, account.Acquire(ctx), context.Canceled)
}
