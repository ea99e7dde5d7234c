package main

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func TestManyWaitAtTheGate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate()
		g.open()
		g.open()
		g.close()
		g.close()
		began := time.Now()
		var waiting sync.WaitGroup
		var waited [20]time.Duration
		for i := range waited {
			waiting.Go(func() {
				g.wait(t.Context(), time.Hour)
				waited[i] = time.Since(began)
			})
		}
		<-time.After(time.Second)
		g.open()
		waiting.Wait()
		for _, d := range waited {
			require.Equal(t, time.Second, d)
		}
		g.wait(t.Context(), time.Hour) // it stays open
		require.Equal(t, time.Second, time.Since(began))

		g.close()
		g.wait(t.Context(), time.Minute)
		require.Equal(t, time.Second+time.Minute, time.Since(began))
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		g.wait(ctx, time.Hour)
		require.Equal(t, 2*time.Second+time.Minute, time.Since(began))
	})
}
