package retry

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow/types"

	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

// requests returns n requests for different messages.
func requests(n int) []Request {
	reqs := make([]Request, n)
	for i := range reqs {
		reqs[i] = inDirectChat()
		reqs[i].MessageID = fmt.Sprintf("MSG%05d", i)
	}
	return reqs
}

func TestRequestAllIsPaced(t *testing.T) {
	t.Parallel()
	srv, cli := connect(t)
	srv.SetPhone(always(t, here))
	ctx, cancel := context.WithCancel(patience(t))
	defer cancel()
	reqs := requests(4)
	reqs[2].MediaKey = nil // invalid: not sent, and does not wait
	answered, cancelled := 0, 0
	for _, outcome := range newRequester(t, cli, WithPace(time.Hour)).RequestAll(ctx, reqs) {
		switch {
		case outcome.Err == nil:
			answered++
			cancel() // the others wait for their start in an hour
		case errors.Is(outcome.Err, context.Canceled):
			cancelled++
		}
	}
	require.Equal(t, []int{1, 2}, []int{answered, cancelled})
	require.Len(t, receipts(srv), 1)
}

// Results arrive in the order of the phone's answers, with their indices, and a failure stops no
// others.
func TestRequestAll(t *testing.T) {
	t.Parallel()
	srv, cli := connect(t)
	reqs := requests(6)
	reqs[1].Chat = types.NewJID("120363", types.NewsletterServer)
	reqs[4].MediaKey = mediaKey[:31]
	third := make(chan struct{})
	srv.SetPhone(func(req *wamediaxtest.PhoneRequest) {
		switch req.MessageID {
		case reqs[0].MessageID:
			<-third // the first request is answered last
			always(t, here)(req)
		case reqs[2].MessageID:
			always(t, gone)(req)
		case reqs[3].MessageID:
			always(t, with(here, func(a *wamediaxtest.PhoneAnswer) { a.StanzaID = "ELSE" }))(req)
		default:
			always(t, with(here, func(a *wamediaxtest.PhoneAnswer) { a.DirectPath = "/v/" + req.MessageID }))(req)
		}
	})
	outcomes := make(map[int]Outcome)
	last := -1
	for i, outcome := range newRequester(t, cli).RequestAll(patience(t), reqs) {
		require.NotContains(t, outcomes, i)
		outcomes[i] = outcome
		if last = i; len(outcomes) == len(reqs)-1 {
			close(third)
		}
	}
	require.Len(t, outcomes, len(reqs))
	require.Equal(t, 0, last)
	require.Equal(t, Outcome{Result: Result{Status: Success, DirectPath: "/v/new"}}, outcomes[0])
	require.ErrorIs(t, outcomes[1].Err, ErrNewsletter)
	require.Equal(t, Outcome{Result: Result{Status: NotFound}}, outcomes[2])
	require.ErrorIs(t, outcomes[3].Err, ErrInvalidAnswer)
	require.ErrorIs(t, outcomes[4].Err, ErrKeySize)
	require.Equal(t, Outcome{Result: Result{Status: Success, DirectPath: "/v/MSG00005"}}, outcomes[5])
}

func TestRequestAllOfNoRequests(t *testing.T) {
	t.Parallel()
	_, cli := connect(t)
	for range newRequester(t, cli).RequestAll(patience(t), nil) {
		require.Fail(t, "no requests, but a result")
	}
}

// Duplicates share a request, even after the first one was answered.
func TestRequestAllAsksOncePerMessage(t *testing.T) {
	t.Parallel()
	srv, cli := connect(t)
	srv.SetPhone(always(t, here))
	underLID := inDirectChat()
	underLID.Chat = aliceLID
	reqs := append(requests(3), inDirectChat(), underLID, inDirectChat())
	reqs = append(reqs, requests(3)...)
	yielded := make(map[int]int)
	for i, outcome := range newRequester(t, cli, WithParallelism(1)).RequestAll(patience(t), reqs) {
		require.NoError(t, outcome.Err)
		require.Equal(t, "/v/new", outcome.Result.DirectPath)
		yielded[i]++
	}
	require.Len(t, yielded, len(reqs))
	require.Len(t, receipts(srv), 4)
}

// Breaking out of the loop ends active requests first, and sends no more.
func TestRequestAllBreak(t *testing.T) {
	t.Parallel()
	srv, cli := connect(t)
	srv.SetPhone(inTurn(always(t, here)))
	r := newRequester(t, cli, WithParallelism(4))
	n := 0
	for range r.RequestAll(patience(t), requests(100)) {
		n++
		break
	}
	require.Equal(t, 1, n)
	require.Zero(t, pendingQuestions(r))
	require.LessOrEqual(t, len(receipts(srv)), 5)
}

// A panic in the loop's body ends it like a break.
func TestRequestAllPanic(t *testing.T) {
	t.Parallel()
	srv, cli := connect(t)
	srv.SetPhone(inTurn(always(t, here)))
	r := newRequester(t, cli)
	require.PanicsWithValue(t, "in the body", func() {
		for range r.RequestAll(patience(t), requests(100)) {
			panic("in the body")
		}
	})
	require.Zero(t, pendingQuestions(r))
}

// If the context ends, the remaining requests are yielded with its cause, and nothing more is sent.
func TestRequestAllContext(t *testing.T) {
	t.Parallel()
	srv, cli := connect(t)
	srv.SetPhone(inTurn(always(t, here)))
	r := newRequester(t, cli, WithParallelism(4))
	errWhy := errors.New("no more interest")
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	results, failures := 0, 0
	for _, outcome := range r.RequestAll(ctx, requests(100)) {
		if outcome.Err == nil {
			results++
			cancel(errWhy)
			continue
		}
		require.ErrorIs(t, outcome.Err, errWhy)
		failures++
	}
	require.Equal(t, 1, results)
	require.Equal(t, 99, failures)
	require.LessOrEqual(t, len(receipts(srv)), 5)
	require.Zero(t, pendingQuestions(r))
}

// load is the resource use of a run over many messages.
type load struct {
	wall                time.Duration
	waiters, goroutines int // at most, at a time; goroutines over those before the run, this test's phones among them
}

// run requests n messages, each of which the phone answers after delay, and measures.
func run(t testing.TB, n int, delay time.Duration) load {
	srv, cli := connect(t)
	r := newRequester(t, cli)
	var lock sync.Mutex
	var peak load
	before := runtime.NumGoroutine()
	srv.SetPhone(func(req *wamediaxtest.PhoneRequest) {
		waiters, goroutines := pendingQuestions(r), runtime.NumGoroutine()-before
		lock.Lock()
		peak.waiters, peak.goroutines = max(peak.waiters, waiters), max(peak.goroutines, goroutines)
		lock.Unlock()
		if delay > 0 {
			timer := time.NewTimer(delay)
			defer timer.Stop()
			select {
			case <-timer.C:
			case <-req.Context().Done():
			}
		}
		_ = req.Answer(here)
	})
	start := time.Now()
	successes := 0
	for _, outcome := range r.RequestAll(patience(t), requests(n)) {
		if outcome.Err == nil && outcome.Result.Status == Success {
			successes++
		}
	}
	peak.wall = time.Since(start)
	require.Equal(t, n, successes)
	require.Zero(t, pendingQuestions(r))
	return peak
}

// Not parallel: it counts the process's goroutines.
func TestThousandRequests(t *testing.T) {
	peak := run(t, 1000, 10*time.Millisecond)
	t.Logf("%+v", peak)
	require.LessOrEqual(t, peak.waiters, defaultParallelism)
	// For each request a worker, a flight, whatsmeow's write, and this test's phones.
	require.LessOrEqual(t, peak.goroutines, 6*defaultParallelism)
}

func TestTenThousandRequests(t *testing.T) {
	n := 10_000
	if raceDetector || testing.Short() {
		n = 1000
	}
	peak := run(t, n, 0)
	t.Logf("%+v", peak)
	require.LessOrEqual(t, peak.waiters, defaultParallelism)
	require.LessOrEqual(t, peak.goroutines, 6*defaultParallelism)
}

func BenchmarkRequestAll(b *testing.B) {
	for _, n := range []int{100, 1000} {
		b.Run(fmt.Sprintf("%d messages answered after 10 ms", n), func(b *testing.B) {
			var worst load
			for range b.N {
				peak := run(b, n, 10*time.Millisecond)
				worst.wall += peak.wall
				worst.waiters, worst.goroutines = max(worst.waiters, peak.waiters), max(worst.goroutines, peak.goroutines)
			}
			b.ReportMetric(float64(worst.wall.Milliseconds())/float64(b.N), "ms/run")
			b.ReportMetric(float64(worst.waiters), "waiters")
			b.ReportMetric(float64(worst.goroutines), "goroutines")
		})
	}
}
