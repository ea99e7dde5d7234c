package fanout_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wamediax/whatsmeow-ext/wamediax/internal/fanout"
)

func TestPaceLetsOneBeginPerIntervalAndNotAtEvenTimes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const interval = 500 * time.Millisecond
		pace, began := fanout.NewPace(interval), time.Now()
		begin := func(ctx context.Context, _ int) time.Duration {
			if err := pace.Wait(ctx); err != nil {
				t.Error(err)
			}
			return time.Since(began)
		}
		times := make([]time.Duration, 40)
		for i, at := range fanout.Each(t.Context(), 4, make([]int, 40), begin) {
			times[i] = at
		}
		uneven := false
		require.Zero(t, min(times[0], times[1], times[2], times[3]), "the first one does not wait")
		for _, at := range times {
			late := at % interval
			require.LessOrEqual(t, late, interval/2)
			uneven = uneven || late > 0
		}
		require.True(t, uneven)
		last := time.Since(began)
		require.GreaterOrEqual(t, last, 39*interval)
		require.LessOrEqual(t, last, 39*interval+interval/2)
	})
}

func TestWaitForAPaceEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gone := errors.New("gone")
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Minute, gone)
		defer cancel()
		pace, began := fanout.NewPace(time.Hour), time.Now()
		require.NoError(t, pace.Wait(ctx))
		require.ErrorIs(t, pace.Wait(ctx), gone)
		require.Equal(t, time.Minute, time.Since(began))
		require.ErrorIs(t, pace.Wait(ctx), gone)
	})
}

func TestWithoutAnIntervalThereIsNoPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		for _, interval := range []time.Duration{0, -time.Second} {
			pace := fanout.NewPace(interval)
			for range 100 {
				require.NoError(t, pace.Wait(t.Context()))
			}
		}
		require.Zero(t, time.Since(began))
	})
}
