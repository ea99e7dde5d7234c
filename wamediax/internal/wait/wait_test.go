package wait_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wamediax/whatsmeow-ext/wamediax/internal/wait"
)

func TestCallReturnsWhatTheFunctionReturns(t *testing.T) {
	wrong := errors.New("wrong")
	for name, ctx := range map[string]context.Context{"without an end": context.Background(), "with one": t.Context()} {
		t.Run(name, func(t *testing.T) {
			got, err := wait.Call(ctx, func(context.Context) (int, error) { return 7, wrong }, nil)
			require.Equal(t, 7, got)
			require.ErrorIs(t, err, wrong)
			require.PanicsWithValue(t, "lost", func() {
				_, _ = wait.Call(ctx, func(context.Context) (int, error) { panic("lost") }, nil)
			})
		})
	}
}

func TestCallDoesNotBeginOnceTheContextHasEnded(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := wait.Do(ctx, func(context.Context) error { panic("it began") })
	require.ErrorIs(t, err, context.Canceled)
}

func TestCallLeavesAFunctionThatIgnoresTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		began := time.Now()
		late := make(chan int, 1)
		got, err := wait.Call(ctx, func(context.Context) (int, error) {
			time.Sleep(time.Minute)
			return 7, nil
		}, func(n int) { late <- n })
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Zero(t, got)
		require.Less(t, time.Since(began), 2*time.Second)
		require.Empty(t, late, "it was not left")

		time.Sleep(time.Hour)
		synctest.Wait()
		require.Len(t, late, 1)
		require.Equal(t, 7, <-late)
	})
}

func TestCallWaitsAMomentForAFunctionThatHeedsTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		got, err := wait.Call(ctx, func(ctx context.Context) (int, error) {
			<-ctx.Done()
			time.Sleep(time.Millisecond)
			return 7, nil
		}, func(int) { t.Error("somebody was waiting") })
		require.NoError(t, err)
		require.Equal(t, 7, got)
	})
}
