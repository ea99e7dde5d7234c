package retry

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"

	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

// asking starts a request, and returns once it waits for its answer.
func asking(ctx context.Context, r *Requester, req Request) <-chan Outcome {
	ctx, waiting := watched(ctx)
	outcome := make(chan Outcome, 1)
	go func() {
		result, err := r.Request(ctx, req)
		outcome <- Outcome{Result: result, Err: err}
	}()
	<-waiting
	return outcome
}

func TestSecondRequestJoinsTheFirst(t *testing.T) {
	t.Parallel()
	srv, cli := connect(t)
	answer := make(chan struct{})
	srv.SetPhone(func(req *wamediaxtest.PhoneRequest) {
		<-answer
		always(t, here)(req)
	})
	r := newRequester(t, cli)
	underLID := inDirectChat()
	underLID.Chat = aliceLID
	first, second := asking(patience(t), r, inDirectChat()), asking(patience(t), r, inDirectChat())
	third := asking(patience(t), r, underLID)
	require.Equal(t, 1, pendingQuestions(r))
	close(answer)
	for _, outcome := range []<-chan Outcome{first, second, third} {
		require.Equal(t, Outcome{Result: Result{Status: Success, DirectPath: "/v/new"}}, <-outcome)
	}
	require.Len(t, receipts(srv), 1)
	require.Zero(t, pendingQuestions(r))
}

// Messages with the same id are different if the chat, the sender or the key differs.
func TestOtherRequestsDoNotJoin(t *testing.T) {
	t.Parallel()
	srv, cli := connect(t)
	asked, answer := make(chan struct{}, 5), make(chan struct{})
	srv.SetPhone(func(req *wamediaxtest.PhoneRequest) {
		asked <- struct{}{}
		<-answer
		always(t, gone)(req)
	})
	r := newRequester(t, cli)
	requests := []Request{
		inDirectChat(), inGroup(),
		{MessageID: messageID, Chat: group, Participant: bob, MediaKey: mediaKey},
		{MessageID: messageID, Chat: alice, FromMe: true, MediaKey: mediaKey},
		{MessageID: "ELSE", Chat: alice, MediaKey: otherKey},
	}
	outcomes := make([]<-chan Outcome, len(requests))
	for i, req := range requests {
		outcomes[i] = asking(patience(t), r, req)
	}
	for range requests {
		<-asked
	}
	close(answer)
	for _, outcome := range outcomes {
		require.Equal(t, Outcome{Result: Result{Status: NotFound}}, <-outcome)
	}
}

func TestOneJoinerLeaves(t *testing.T) {
	t.Parallel()
	srv, cli := connect(t)
	answer := make(chan struct{})
	srv.SetPhone(func(req *wamediaxtest.PhoneRequest) {
		<-answer
		always(t, here)(req)
	})
	r := newRequester(t, cli)
	errWhy := errors.New("no more interest")
	ctx, cancel := context.WithCancelCause(t.Context())
	first := asking(ctx, r, inDirectChat()) // the first caller; the other one only joined
	second := asking(patience(t), r, inDirectChat())
	cancel(errWhy)
	left := <-first
	require.ErrorIs(t, left.Err, errWhy)
	require.Equal(t, 1, pendingQuestions(r))
	close(answer)
	require.Equal(t, Outcome{Result: Result{Status: Success, DirectPath: "/v/new"}}, <-second)
	require.Len(t, receipts(srv), 1)
}

// The request ends with its last caller; the next caller sends a new one.
func TestLastJoinerLeaves(t *testing.T) {
	t.Parallel()
	srv, cli := connect(t)
	asked := make(chan struct{})
	srv.SetPhone(inTurn(func(*wamediaxtest.PhoneRequest) { close(asked) }, always(t, here)))
	r := newRequester(t, cli)
	ctx, cancel := context.WithCancel(t.Context())
	first, second := asking(ctx, r, inDirectChat()), asking(ctx, r, inDirectChat())
	<-asked
	cancel()
	require.ErrorIs(t, (<-first).Err, context.Canceled)
	require.ErrorIs(t, (<-second).Err, context.Canceled)
	require.Zero(t, pendingQuestions(r))
	result, err := r.Request(patience(t), inDirectChat())
	require.NoError(t, err)
	require.Equal(t, Success, result.Status)
	require.Len(t, receipts(srv), 2)
}

func TestClose(t *testing.T) {
	t.Parallel()
	srv, cli := connect(t)
	srv.SetPhone(silence)
	r := New(cli)
	waiting := asking(patience(t), r, inDirectChat())
	r.Close()
	require.ErrorIs(t, (<-waiting).Err, ErrClosed)
	require.False(t, cli.RemoveEventHandler(r.handler), "the event handler is gone")
	_, err := r.Request(patience(t), inDirectChat())
	require.ErrorIs(t, err, ErrClosed)
	for _, outcome := range r.RequestAll(patience(t), []Request{inDirectChat()}) {
		require.ErrorIs(t, outcome.Err, ErrClosed)
	}
	r.Close()
	require.LessOrEqual(t, len(receipts(srv)), 1)

	answers := seen[*events.MediaRetry](t, cli)
	srv.SetPhone(always(t, here))
	require.NoError(t, cli.SendMediaRetryReceipt(patience(t), infoOf(inDirectChat()), mediaKey))
	<-answers // the client continues
}

func infoOf(req Request) *types.MessageInfo {
	return &types.MessageInfo{ID: req.MessageID, MessageSource: types.MessageSource{Chat: req.Chat, Sender: req.Participant}}
}
