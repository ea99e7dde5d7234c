package retry

import (
	"context"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow"

	"github.com/wamediax/whatsmeow-ext/wamediax/internal/stalltest"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

func stallable(t *testing.T) (*wamediaxtest.Server, *whatsmeow.Client, *stalltest.Valve) {
	srv := wamediaxtest.NewServer()
	t.Cleanup(srv.Close)
	cli, valve, err := stalltest.NewClient(patience(t), srv)
	require.NoError(t, err)
	t.Cleanup(valve.Open)
	return srv, cli, valve
}

// Not parallel: it looks for the reminder's goroutine.
func TestAnAnswerCountsWhileTheReminderCannotBeWritten(t *testing.T) {
	srv, cli, valve := stallable(t)
	asked := make(chan *wamediaxtest.PhoneRequest, 1)
	srv.SetPhone(func(req *wamediaxtest.PhoneRequest) { asked <- req })
	outcome := asking(patience(t), newRequester(t, cli, WithTimeout(2*time.Second)), inDirectChat())
	req := <-asked
	valve.Shut()
	require.Eventually(t, func() bool { return goroutinesIn("(*outbox).send") > 0 }, 10*time.Second, time.Millisecond, "the reminder")
	require.NoError(t, req.Answer(here))
	require.Equal(t, Outcome{Result: Result{Status: Success, DirectPath: "/v/new"}}, <-outcome)
}

func TestATimeoutHoldsWhileTheReminderCannotBeWritten(t *testing.T) {
	t.Parallel()
	srv, cli, valve := stallable(t)
	asked := make(chan struct{}, 1)
	srv.SetPhone(func(*wamediaxtest.PhoneRequest) { asked <- struct{}{} })
	outcome := asking(patience(t), newRequester(t, cli, WithTimeout(time.Second)), inDirectChat())
	<-asked
	valve.Shut()
	err := (<-outcome).Err
	require.ErrorIs(t, err, ErrTimeout)
	require.ErrorContains(t, err, "accepts no data", "the phone is not to blame")
}

func TestATimeoutHoldsWhileTheFirstReceiptCannotBeWritten(t *testing.T) {
	t.Parallel()
	_, cli, valve := stallable(t)
	valve.Shut()
	_, err := newRequester(t, cli, WithTimeout(100*time.Millisecond)).Request(patience(t), inDirectChat())
	require.ErrorIs(t, err, ErrTimeout)
	require.ErrorContains(t, err, "accepts no data")
}

func TestCloseEndsARequestThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	_, cli, valve := stallable(t)
	valve.Shut()
	r := newRequester(t, cli)
	outcome := asking(patience(t), r, inDirectChat())
	<-valve.Held()
	r.Close()
	require.ErrorIs(t, (<-outcome).Err, ErrClosed)
}

// Not parallel: it counts goroutines.
func TestCancelledRequestsLeaveOneWriteBehindOnAStalledSocket(t *testing.T) {
	srv, cli, valve := stallable(t)
	srv.SetPhone(always(t, here))
	r := newRequester(t, cli)
	valve.Shut()
	for range 20 {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		_, err := r.Request(ctx, inDirectChat())
		require.ErrorIs(t, err, context.DeadlineExceeded)
		cancel()
	}
	require.LessOrEqual(t, goroutinesIn("DangerousInternalClient).SendNode"), 1)

	valve.Open()
	result, err := r.Request(patience(t), inDirectChat())
	require.NoError(t, err, "no frame was cut in two: the socket's encryption still holds")
	require.Equal(t, Success, result.Status)
	require.NoError(t, cli.SendPresence(patience(t), "available"))
}

// goroutinesIn counts the goroutines in the named function.
func goroutinesIn(function string) int {
	stacks := make([]byte, 4<<20)
	return strings.Count(string(stacks[:runtime.Stack(stacks, true)]), function+"(")
}
