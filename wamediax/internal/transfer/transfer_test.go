package transfer_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wamediax/whatsmeow-ext/wamediax/cdn"
	"github.com/wamediax/whatsmeow-ext/wamediax/internal/failover"
	"github.com/wamediax/whatsmeow-ext/wamediax/internal/transfer"
)

// source returns connections with the same hosts, each with its own token.
type source struct {
	hosts  []string
	issued int
	stuck  bool // Conn waits for its context
	empty  bool // there is no second token
}

func (s *source) Conn(ctx context.Context, stale *cdn.Conn) (*cdn.Conn, error) {
	if s.stuck {
		<-ctx.Done()
		return nil, errors.New("the socket is down")
	}
	if stale != nil && s.empty {
		return stale, nil
	}
	s.issued++
	conn := &cdn.Conn{Auth: fmt.Sprint("token ", s.issued), Fetched: time.Now()}
	for _, name := range s.hosts {
		conn.Hosts = append(conn.Hosts, cdn.Host{Name: name})
	}
	return conn, nil
}

// run is a transfer in virtual time. Its hosts respond at once; attempts are recorded as "host @
// time since the start".
type run struct {
	*transfer.Transfer
	source   *source
	start    time.Time
	attempts []string
	err      error
}

// hostsSay returns the response of the host in use, nil for a success.
type hostsSay func(r *run, host string) *failover.Result

var errDown = errors.New("connection refused")

func begin(ctx context.Context, policy failover.Policy, source *source, say hostsSay) *run {
	r := &run{source: source, start: time.Now()}
	r.Transfer = transfer.New(source, policy, nil)
	for {
		if r.err = r.Begin(ctx); r.err != nil {
			return r
		}
		r.attempts = append(r.attempts, fmt.Sprintf("%s @ %v", r.Host(), time.Since(r.start)))
		res := say(r, r.Host())
		if res == nil {
			r.Delivered()
			return r
		}
		if _, r.err = r.Failed(ctx, *res); r.err != nil {
			return r
		}
	}
}

// hosts maps names to their constant responses; others accept the object.
func hosts(results map[string]failover.Result) hostsSay {
	return func(_ *run, host string) *failover.Result {
		res, bad := results[host]
		if !bad {
			return nil
		}
		if res.Err == nil {
			res.Err = errDown
		}
		return &res
	}
}

func busyFor(d time.Duration) failover.Result {
	return failover.Result{
		Outcome: failover.Busy, RetryAfter: d, Err: &cdn.StatusError{Host: "host", StatusCode: 503},
	}
}

func TestEveryHostIsTriedDespiteAShortTimeLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		policy := failover.Policy{MaxElapsed: 500 * time.Millisecond, FirstPause: time.Second, MaxPause: time.Second}
		bad := busyFor(20 * time.Second)
		r := begin(t.Context(), policy, &source{hosts: []string{"a", "b", "c", "d"}}, hosts(map[string]failover.Result{"a": bad}))
		require.NoError(t, r.err)
		require.Equal(t, []string{"a @ 0s", "b @ 0s"}, r.attempts, "a's Retry-After delayed b")

		r = begin(t.Context(), policy, &source{hosts: []string{"a", "b", "c", "d"}}, hosts(map[string]failover.Result{"a": bad, "b": bad, "c": bad}))
		require.NoError(t, r.err)
		require.Equal(t, "d @ 0s", r.attempts[3])

		r = begin(t.Context(), policy, &source{hosts: []string{"a", "b", "c", "d"}}, hosts(map[string]failover.Result{"a": bad, "b": bad, "c": bad, "d": {}}))
		require.ErrorIs(t, r.err, cdn.ErrUnreachable)
		require.Len(t, r.attempts, 4)
		require.Zero(t, time.Since(r.start))
	})
}

func TestPauseEndsWithTheFirstRetryAfter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pauses := map[string]failover.Result{"a": busyFor(20 * time.Second), "b": busyFor(5 * time.Second), "c": busyFor(40 * time.Second)}
		policy := failover.Policy{MaxElapsed: time.Hour, FirstPause: time.Second, MaxPause: time.Second}
		r := begin(t.Context(), policy, &source{hosts: []string{"a", "b", "c"}}, func(r *run, host string) *failover.Result {
			if len(r.attempts) == 6 {
				return nil
			}
			res := pauses[host]
			return &res
		})
		require.NoError(t, r.err)
		require.Equal(t, []string{"a @ 0s", "b @ 0s", "c @ 0s", "b @ 5s", "b @ 10s", "b @ 15s"}, r.attempts)
	})
}

func TestPausesGrowToTheirLimitAndAreRandomized(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		policy := failover.Policy{MaxElapsed: time.Minute, FirstPause: time.Second, MaxPause: 8 * time.Second}
		var at []time.Duration
		r := begin(t.Context(), policy, &source{hosts: []string{"a"}}, func(r *run, _ string) *failover.Result {
			at = append(at, time.Since(r.start))
			return &failover.Result{Err: errDown}
		})
		require.ErrorIs(t, r.err, cdn.ErrUnreachable)
		require.ErrorIs(t, r.err, errDown)
		require.Less(t, time.Since(r.start), time.Minute)
		for i := 1; i < len(at); i++ {
			length := min(time.Second<<(i-1), 8*time.Second)
			require.GreaterOrEqual(t, at[i]-at[i-1], length/2)
			require.LessOrEqual(t, at[i]-at[i-1], length*3/2)
		}
		require.Greater(t, len(at), 5)
	})
}

func TestAHostIsLeftAfterTwoStallsInARow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := begin(t.Context(), failover.Policy{MaxElapsed: time.Hour}, &source{hosts: []string{"a", "b"}}, func(r *run, host string) *failover.Result {
			if host == "b" {
				return nil
			}
			time.Sleep(30 * time.Second)
			r.Progressed()
			return &failover.Result{Moved: true, Stalled: true, Err: cdn.ErrStalled}
		})
		require.NoError(t, r.err)
		require.Equal(t, []string{"a @ 0s", "a @ 30s", "b @ 1m0s"}, r.attempts)
	})
}

func TestATokenIsReplacedOnceWithoutASuccess(t *testing.T) {
	denied := failover.Result{Outcome: failover.Denied, Err: &cdn.StatusError{StatusCode: 401}}
	synctest.Test(t, func(t *testing.T) {
		src := &source{hosts: []string{"a", "b"}}
		r := begin(t.Context(), failover.Policy{}, src, func(*run, string) *failover.Result {
			time.Sleep(time.Second)
			return &denied
		})
		var status *cdn.StatusError
		require.ErrorAs(t, r.err, &status)
		require.Equal(t, 401, status.StatusCode)
		require.Equal(t, []string{"a @ 0s", "a @ 1s", "b @ 2s"}, r.attempts)

		src = &source{hosts: []string{"a", "b"}, empty: true}
		r = begin(t.Context(), failover.Policy{}, src, hosts(map[string]failover.Result{"a": denied}))
		require.NoError(t, r.err, "without a new token, another host may still accept the old one")
		require.Equal(t, []string{"a @ 0s", "b @ 0s"}, r.attempts)
		require.Equal(t, 1, src.issued)
	})
}

func TestAConnectionThatHasExpiredIsReplacedBeforeAnAttempt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first := &cdn.Conn{Auth: "old", Hosts: []cdn.Host{{Name: "a"}}, Expires: time.Now()}
		time.Sleep(time.Second)
		src := &firstThen{first: first, source: &source{hosts: []string{"a"}}}
		tr := transfer.New(src, failover.Policy{}, nil)
		require.NoError(t, tr.Begin(t.Context()))
		require.Equal(t, "token 1", tr.Conn().Auth)
	})
}

type firstThen struct {
	first *cdn.Conn
	*source
}

func (f *firstThen) Conn(ctx context.Context, stale *cdn.Conn) (*cdn.Conn, error) {
	if conn := f.first; conn != nil {
		f.first = nil
		return conn, nil
	}
	return f.source.Conn(ctx, stale)
}

// A query on a socket that is down takes 30 s to fail, and not every attempt should wait for that.
func TestAFailedReplacementIsNotTriedForEveryAttempt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source := &offline{expires: time.Now().Add(time.Minute)}
		transfer := transfer.New(source, failover.Policy{}, nil)
		require.NoError(t, transfer.Begin(t.Context()))
		time.Sleep(2 * time.Minute)
		for range 5 {
			require.NoError(t, transfer.Begin(t.Context()))
		}
		require.Equal(t, 2, source.calls)
		time.Sleep(time.Minute)
		require.NoError(t, transfer.Begin(t.Context()))
		require.Equal(t, 3, source.calls)
	})
}

// offline is a source that has one connection and cannot get another.
type offline struct {
	expires time.Time
	calls   int
}

func (s *offline) Conn(context.Context, *cdn.Conn) (*cdn.Conn, error) {
	if s.calls++; s.calls > 1 {
		return nil, errors.New("the socket is down")
	}
	return &cdn.Conn{Hosts: []cdn.Host{{Name: "a"}}, Expires: s.expires}, nil
}

func TestAttemptsWithoutProgressAreLimited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		policy := failover.Policy{MaxElapsed: time.Hour, MaxAttempts: 5}
		all := hosts(map[string]failover.Result{"a": {}, "b": {}, "c": {}})
		r := begin(t.Context(), policy, &source{hosts: []string{"a", "b", "c"}}, all)
		require.ErrorIs(t, r.err, cdn.ErrUnreachable)
		require.Len(t, r.attempts, 5)
		require.Equal(t, 6, r.Attempts())
	})
}

// Errors of a transfer whose context ended.
func TestErrorOfAnEndedContextHasTheCauseAndTheHostsErrors(t *testing.T) {
	errStop := errors.New("the bot is told to stop")
	policy := failover.Policy{MaxElapsed: time.Hour, FirstPause: time.Minute, MaxPause: time.Minute}
	for _, row := range []struct {
		name  string
		stuck bool
		cause error // nil: a deadline
		text  string
	}{
		{"a deadline, in a pause", false, nil, "context deadline exceeded (a: status 503 Service Unavailable; b: connection refused)"},
		{"a cause, in a pause", false, errStop, "context canceled: the bot is told to stop (a: status 503 Service Unavailable; b: connection refused)"},
		{"a deadline, before there is a connection", true, nil, "context deadline exceeded before any media host was contacted: the socket is down"},
		{"a cause, before there is a connection", true, errStop, "context canceled: the bot is told to stop before any media host was contacted: the socket is down"},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancelCause(t.Context())
				defer cancel(nil)
				want := context.Canceled
				if row.cause == nil {
					var stop context.CancelFunc
					ctx, stop = context.WithTimeout(ctx, 2*time.Second)
					defer stop()
					want = context.DeadlineExceeded
				} else {
					time.AfterFunc(2*time.Second, func() { cancel(row.cause) })
				}
				src := &source{hosts: []string{"a", "b"}, stuck: row.stuck}
				r := begin(ctx, policy, src, hosts(map[string]failover.Result{"a": busyFor(0), "b": {}}))
				require.EqualError(t, r.err, row.text)
				require.ErrorIs(t, r.err, want)
				if row.cause != nil {
					require.ErrorIs(t, r.err, row.cause)
				}
				if !row.stuck {
					var status *cdn.StatusError
					require.ErrorAs(t, r.err, &status)
					require.ErrorIs(t, r.err, errDown)
					require.NotErrorIs(t, r.err, cdn.ErrUnreachable)
				}
				require.LessOrEqual(t, time.Since(r.start), 2*time.Second)
			})
		})
	}
}

func TestASourceWithoutAConnectionIsAnError(t *testing.T) {
	for name, source := range map[string]cdn.ConnSource{"no source": nil, "no connection": broken{}} {
		t.Run(name, func(t *testing.T) {
			require.ErrorContains(t, transfer.New(source, failover.Policy{}, nil).Begin(t.Context()), "source of media connections")
		})
	}
}

// broken is a source that returns neither a connection nor an error.
type broken struct{}

func (broken) Conn(context.Context, *cdn.Conn) (*cdn.Conn, error) { return nil, nil }

func TestAConnectionWithoutHostsIsAnError(t *testing.T) {
	r := begin(t.Context(), failover.Policy{}, &source{}, nil)
	require.ErrorIs(t, r.err, cdn.ErrNoHosts)
}
