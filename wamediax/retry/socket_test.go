package retry

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow"
	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/types/events"

	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

// whatsmeow does not report that a receipt was lost with its socket, so it is sent again.
func TestConnectionLostInBetween(t *testing.T) {
	t.Parallel()
	srv, cli := connect(t)
	srv.SetPhone(inTurn(func(*wamediaxtest.PhoneRequest) { srv.DropConnections() }, always(t, here)))
	result, err := newRequester(t, cli, WithReminder(false)).Request(patience(t), inDirectChat())
	require.NoError(t, err)
	require.Equal(t, Success, result.Status)
	require.GreaterOrEqual(t, len(receipts(srv)), 2)
}

// The phone received the first receipt, and its answer arrives after the reconnect.
func TestAnswerAfterReconnect(t *testing.T) {
	t.Parallel()
	srv, cli := connect(t)
	back := seen[*events.Connected](t, cli)
	srv.SetPhone(inTurn(func(req *wamediaxtest.PhoneRequest) {
		srv.DropConnections()
		<-back
		always(t, here)(req)
	}))
	result, err := newRequester(t, cli, WithReminder(false)).Request(patience(t), inDirectChat())
	require.NoError(t, err)
	require.Equal(t, Success, result.Status)
}

func TestSocketThatIsDownComesBack(t *testing.T) {
	t.Parallel()
	srv, cli := connect(t)
	srv.SetPhone(always(t, here))
	r := newRequester(t, cli)
	breakSocket(t, srv, cli)
	result, err := r.Request(patience(t), inDirectChat())
	require.NoError(t, err)
	require.Equal(t, Success, result.Status)
}

func TestSocketThatStaysDown(t *testing.T) {
	t.Parallel()
	srv, cli := connect(t)
	srv.RefuseConnections(true)
	breakSocket(t, srv, cli)
	errWhy := errors.New("no more interest")
	parent, cancel := context.WithCancelCause(t.Context())
	ctx, waiting := watched(parent)
	failed := make(chan error)
	r := newRequester(t, cli)
	go func() {
		_, err := r.Request(ctx, inDirectChat())
		failed <- err
	}()
	<-waiting
	cancel(errWhy)
	require.ErrorIs(t, <-failed, errWhy)
	require.Empty(t, receipts(srv))
}

func TestSocketThatBreaksForGoodDuringARequest(t *testing.T) {
	t.Parallel()
	srv, cli := connect(t)
	lost := seen[*events.Disconnected](t, cli)
	srv.SetPhone(func(*wamediaxtest.PhoneRequest) {
		srv.RefuseConnections(true)
		srv.DropConnections()
	})
	_, err := newRequester(t, cli, WithTimeout(500*time.Millisecond)).Request(patience(t), inDirectChat())
	require.ErrorIs(t, err, ErrTimeout)
	require.ErrorIs(t, err, whatsmeow.ErrNotConnected)
	<-lost
}

func TestDisconnectedOnPurpose(t *testing.T) {
	t.Parallel()
	_, cli := connect(t)
	r := newRequester(t, cli)
	cli.Disconnect()
	_, err := r.Request(patience(t), inDirectChat())
	require.ErrorIs(t, err, whatsmeow.ErrNotConnected)
}

// The phone removes this device, so it will not answer any more.
func TestLoggedOutInBetween(t *testing.T) {
	t.Parallel()
	srv, cli := connect(t)
	srv.SetPhone(func(req *wamediaxtest.PhoneRequest) {
		if err := srv.Send(req.Client, waBinary.Node{
			Tag:     "stream:error",
			Attrs:   waBinary.Attrs{"code": "401"},
			Content: []waBinary.Node{{Tag: "conflict", Attrs: waBinary.Attrs{"type": "device_removed"}}},
		}); err != nil {
			t.Error(err)
		}
	})
	_, err := newRequester(t, cli).Request(patience(t), inDirectChat())
	require.ErrorIs(t, err, whatsmeow.ErrNotLoggedIn)
}

// whatsmeow's node queue continues even if nobody reads the answers.
func TestHandlerDoesNotBlock(t *testing.T) {
	t.Parallel()
	_, cli := connect(t)
	r := newRequester(t, cli)
	q := newFlight(t.Context(), r, message{id: messageID, chat: alice}, inDirectChat()) // not running
	r.pending[messageID] = []*flight{q}
	for range 10 * maxUnread {
		r.handle(&events.MediaRetry{MessageID: messageID, ChatID: alice})
		r.handle(&events.Connected{})
	}
	require.Len(t, q.answers, maxUnread)
	require.Len(t, q.reconnected, 1)
	r.forget(q)
	q.cancel(nil)
}
