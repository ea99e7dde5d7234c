package fanout_test

import (
	"context"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/wamediax/whatsmeow-ext/wamediax/internal/fanout"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func square(_ context.Context, n int) int { return n * n }

func TestEachItemIsYieldedOnceWithItsResult(t *testing.T) {
	for name, n := range map[string]int{"no workers": 0, "one worker": 1, "some workers": 3, "more workers than items": 100} {
		t.Run(name, func(t *testing.T) {
			items := []int{3, 1, 4, 1, 5, 9, 2, 6}
			seq := fanout.Each(t.Context(), n, items, square)
			for range 2 { // a sequence can be ranged over again
				got := make(map[int]int)
				for i, square := range seq {
					require.NotContains(t, got, i)
					got[i] = square
				}
				require.Len(t, got, len(items))
				for i, item := range items {
					require.Equal(t, item*item, got[i])
				}
			}
		})
	}
	for range fanout.Each(t.Context(), 4, nil, square) {
		t.Error("nothing was to be done")
	}
}

func TestNoMoreThanNAreAtWork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var now, most atomic.Int64
		began := time.Now()
		for range fanout.Each(t.Context(), 3, make([]int, 10), func(context.Context, int) int {
			most.Store(max(most.Load(), now.Add(1)))
			time.Sleep(time.Second)
			return int(now.Add(-1))
		}) {
			continue
		}
		require.EqualValues(t, 3, most.Load())
		require.Equal(t, 4*time.Second, time.Since(began))
	})
}

func TestItemsAreYieldedAsTheyEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var order []int
		for i := range fanout.Each(t.Context(), 3, []time.Duration{3, 1, 2}, func(_ context.Context, d time.Duration) int {
			time.Sleep(d * time.Second)
			return 0
		}) {
			order = append(order, i)
		}
		require.Equal(t, []int{1, 2, 0}, order)
	})
}

// waits begins, then waits for its context; what it returns comes late.
func waits(begun, ended *atomic.Int64) func(context.Context, int) int {
	return func(ctx context.Context, item int) int {
		begun.Add(1)
		if item > 0 {
			<-ctx.Done()
			time.Sleep(time.Second)
		}
		ended.Add(1)
		return item
	}
}

func TestALoopThatEndsEarlyCancelsAndWaits(t *testing.T) {
	for name, loop := range map[string]func(seq func(func(int, int) bool)){
		"it breaks": func(seq func(func(int, int) bool)) {
			for range seq {
				break
			}
		},
		"it panics": func(seq func(func(int, int) bool)) {
			defer func() { _ = recover() }()
			for range seq {
				panic("in the loop")
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var begun, ended atomic.Int64
				items := []int{0, 1, 1, 1, 1, 1, 1, 1}
				loop(fanout.Each(t.Context(), 3, items, waits(&begun, &ended)))
				require.Equal(t, begun.Load(), ended.Load(), "the loop waits for what is under way")
				require.Less(t, begun.Load(), int64(len(items)), "nothing else begins")
			})
		})
	}
}

func TestItemsThatAreLeftAreYieldedWhenTheContextEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var got []int
	for i, err := range fanout.Each(ctx, 2, make([]int, 6), func(ctx context.Context, _ int) error { return ctx.Err() }) {
		cancel()
		_ = err
		got = append(got, i)
	}
	slices.Sort(got)
	require.Equal(t, []int{0, 1, 2, 3, 4, 5}, got)
}

func TestAPanicOfAWorkerComesOutInTheLoop(t *testing.T) {
	for name, test := range map[string]struct {
		do   func(context.Context, int) int
		want string
	}{
		"a panic":                        {func(context.Context, int) int { panic("at work") }, "at work"},
		"a call that ends its goroutine": {func(context.Context, int) int { runtime.Goexit(); return 0 }, "ended its goroutine"},
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				got := recover()
				if err, ok := got.(error); ok {
					got = err.Error()
				}
				require.Contains(t, got, test.want)
			}()
			for range fanout.Each(t.Context(), 2, make([]int, 5), test.do) {
				t.Error("nothing was done")
			}
		})
	}
}
