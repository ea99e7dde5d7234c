package retry

import (
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

func TestASilentPhoneIsAskedOncePerPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := breaker{limit: 3, pause: time.Minute}
		asked := func() bool {
			err := b.ask(time.Now())
			if err != nil {
				require.ErrorIs(t, err, ErrTimeout)
			}
			return err == nil
		}
		for range 3 {
			require.True(t, asked())
			b.unanswered(time.Now())
		}
		require.False(t, asked(), "after three in a row")
		time.Sleep(time.Minute - time.Nanosecond)
		require.False(t, asked())
		time.Sleep(time.Nanosecond)
		require.True(t, asked(), "one per minute")
		require.False(t, asked(), "while that one waits")
		time.Sleep(30 * time.Second)
		b.unanswered(time.Now())
		require.False(t, asked())
		time.Sleep(30 * time.Second)
		require.True(t, asked())
		b.answered()
		for range 3 {
			require.True(t, asked(), "any answer ends it")
			b.unanswered(time.Now())
		}
		require.False(t, asked())
	})
}

func TestOnlySilenceInARowCounts(t *testing.T) {
	t.Parallel()
	b := breaker{limit: 3, pause: time.Minute}
	for range 10 {
		b.unanswered(time.Now())
		b.unanswered(time.Now())
		b.answered()
	}
	require.NoError(t, b.ask(time.Now()))
}

func numbered(n int) Request {
	req := inDirectChat()
	req.MessageID = fmt.Sprintf("MSG%d", n)
	return req
}

func TestRequestsFailAtOnceWhileThePhoneIsOffline(t *testing.T) {
	t.Parallel()
	srv, cli := connect(t)
	asked := make(chan *wamediaxtest.PhoneRequest, 10)
	srv.SetPhone(func(req *wamediaxtest.PhoneRequest) { asked <- req })
	r := newRequester(t, cli, WithTimeout(50*time.Millisecond), WithReminder(false), WithSilenceLimit(2, time.Hour))
	for n := range 2 {
		_, err := r.Request(patience(t), numbered(n))
		require.ErrorIs(t, err, ErrTimeout)
	}
	_, err := r.Request(patience(t), numbered(2))
	require.ErrorIs(t, err, ErrTimeout)
	require.ErrorContains(t, err, "last 2 requests")
	for _, outcome := range r.RequestAll(patience(t), requests(100)) {
		require.ErrorIs(t, outcome.Err, ErrTimeout)
	}
	require.Len(t, receipts(srv), 2, "nothing was sent for the others")

	// The phone comes back and answers the first request, which nobody waits for any more.
	late := seen[any](t, cli)
	require.NoError(t, (<-asked).Answer(gone))
	<-late
	srv.SetPhone(always(t, here))
	result, err := r.Request(patience(t), numbered(3))
	require.NoError(t, err)
	require.Equal(t, Success, result.Status)
}

func TestOfflinePhoneIsAskedOccasionally(t *testing.T) {
	t.Parallel()
	srv, cli := connect(t)
	var online atomic.Bool
	srv.SetPhone(func(req *wamediaxtest.PhoneRequest) {
		if online.Load() {
			always(t, gone)(req)
		}
	})
	r := newRequester(t, cli, WithTimeout(50*time.Millisecond), WithReminder(false), WithSilenceLimit(1, time.Millisecond))
	_, err := r.Request(patience(t), numbered(0))
	require.ErrorIs(t, err, ErrTimeout)
	online.Store(true)
	require.Eventually(t, func() bool {
		result, err := r.Request(patience(t), numbered(1))
		return err == nil && result.Status == NotFound
	}, 10*time.Second, time.Millisecond)
}

func TestTheSilenceLimitCanBeTurnedOff(t *testing.T) {
	t.Parallel()
	srv, cli := connect(t)
	srv.SetPhone(func(*wamediaxtest.PhoneRequest) {})
	r := newRequester(t, cli, WithTimeout(10*time.Millisecond), WithReminder(false), WithSilenceLimit(0, 0))
	for n := range 5 {
		_, err := r.Request(patience(t), numbered(n))
		require.ErrorIs(t, err, ErrTimeout)
	}
	require.Eventually(t, func() bool { return len(receipts(srv)) == 5 }, 10*time.Second, time.Millisecond)
}

// A connection that is down or accepts no data says nothing about the phone.
func TestStalledConnectionDoesNotCountAsSilence(t *testing.T) {
	t.Parallel()
	srv, cli, valve := stallable(t)
	srv.SetPhone(always(t, here))
	valve.Shut()
	r := newRequester(t, cli, WithTimeout(10*time.Millisecond), WithReminder(false), WithSilenceLimit(1, time.Hour))
	_, err := r.Request(patience(t), numbered(0))
	require.ErrorIs(t, err, ErrTimeout)
	r.timeout = time.Minute
	valve.Open()
	_, err = r.Request(patience(t), numbered(1))
	require.NoError(t, err)
}
