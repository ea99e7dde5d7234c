package retry

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow/types/events"
)

// Nobody waits for the phone's second answer, so it is an ordinary event.
func TestErrorInAnEventHandlerExplainsTheCause(t *testing.T) {
	t.Parallel()
	srv, cli := connect(t)
	srv.SetPhone(always(t, here))
	r := newRequester(t, cli)
	within, beside := make(chan error, 2), make(chan Outcome, 1)
	cli.AddEventHandler(func(evt any) {
		answer, ok := evt.(*events.MediaRetry)
		if !ok || answer.MessageID != messageID {
			return
		}
		_, err := r.Request(patience(t), numbered(1))
		within <- err
		for _, outcome := range r.RequestAll(patience(t), requests(1)) {
			within <- outcome.Err
		}
		go func() {
			result, err := r.Request(patience(t), numbered(2))
			beside <- Outcome{Result: result, Err: err}
		}()
	})
	_, err := r.Request(patience(t), inDirectChat())
	require.NoError(t, err)
	for range 2 {
		err = <-within
		require.ErrorIs(t, err, ErrInEventHandler)
		require.NotErrorIs(t, err, ErrTimeout, "the phone is not to blame")
		require.ErrorContains(t, err, "goroutine")
	}
	require.Equal(t, Outcome{Result: Result{Status: Success, DirectPath: "/v/new"}}, <-beside)
}

func TestEventHandlerIsFoundOnADeepStack(t *testing.T) {
	t.Parallel()
	srv, cli := connect(t)
	srv.SetPhone(always(t, here))
	within := make(chan bool, 1)
	var deep func(n int) bool
	deep = func(n int) bool {
		if n == 0 {
			return inEventHandler()
		}
		return deep(n - 1)
	}
	cli.AddEventHandler(func(evt any) {
		if _, ok := evt.(*events.MediaRetry); ok {
			within <- deep(1000)
		}
	})
	require.NoError(t, cli.SendMediaRetryReceipt(patience(t), infoOf(inDirectChat()), mediaKey))
	require.True(t, <-within)
	require.False(t, deep(1000))
}
