package socketwait

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow"
	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/store"
	"go.mau.fi/whatsmeow/types/events"
	"go.uber.org/goleak"

	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m)
}

var errOther = errors.New("something else")

func connect(t *testing.T) (*wamediaxtest.Server, *whatsmeow.Client) {
	srv := wamediaxtest.NewServer()
	t.Cleanup(srv.Close)
	cli, err := srv.NewClient(t.Context())
	require.NoError(t, err)
	return srv, cli
}

func TestDoOnSocketThatIsUp(t *testing.T) {
	t.Parallel()
	_, cli := connect(t)
	calls := 0
	require.NoError(t, New(cli).Do(t.Context(), func() error {
		calls++
		return nil
	}))
	require.ErrorIs(t, New(cli).Do(t.Context(), func() error {
		calls++
		return errOther
	}), errOther)
	require.Equal(t, 2, calls, "other errors are returned")
}

func TestDoCallsAgainAfterReconnect(t *testing.T) {
	t.Parallel()
	srv, cli := connect(t)
	gone, back := make(chan struct{}), make(chan struct{})
	cli.AddEventHandler(func(evt any) {
		switch evt.(type) {
		case *events.Disconnected:
			close(gone)
		case *events.Connected:
			close(back)
		}
	})
	calls := 0
	require.NoError(t, New(cli).Do(t.Context(), func() error {
		calls++
		if calls == 1 {
			srv.DropConnections()
			<-gone
			return whatsmeow.ErrNotConnected
		}
		return internals(cli).SendNode(t.Context(), waBinary.Node{Tag: "presence"})
	}))
	require.Equal(t, 2, calls)
	<-back
}

func TestDoGivesUp(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		prepare func(*wamediaxtest.Server, *whatsmeow.Client) context.Context
		want    error
	}{
		"because the client was disconnected on purpose": {
			prepare: func(_ *wamediaxtest.Server, cli *whatsmeow.Client) context.Context {
				cli.Disconnect()
				return context.Background()
			},
			want: whatsmeow.ErrNotConnected,
		},
		"because the socket does not come back in time": {
			prepare: breakForGood,
			want:    whatsmeow.ErrNotConnected,
		},
		"because the context is done, with its cause": {
			prepare: func(srv *wamediaxtest.Server, cli *whatsmeow.Client) context.Context {
				breakForGood(srv, cli)
				ctx, cancel := context.WithCancelCause(context.Background())
				cancel(errOther)
				return ctx
			},
			want: errOther,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv, cli := connect(t)
			ctx := row.prepare(srv, cli)
			err := New(cli).doWithin(ctx, 20*time.Millisecond, func() error {
				t.Error("the socket is down")
				return nil
			})
			require.ErrorIs(t, err, row.want)
		})
	}
}

// breakForGood returns once cli has lost its socket, which does not come back.
func breakForGood(srv *wamediaxtest.Server, cli *whatsmeow.Client) context.Context {
	gone := make(chan struct{})
	id := cli.AddEventHandler(func(evt any) {
		if _, ok := evt.(*events.Disconnected); ok {
			close(gone)
		}
	})
	srv.RefuseConnections(true)
	srv.DropConnections()
	<-gone
	cli.RemoveEventHandler(id)
	return context.Background()
}

func TestDoReturnsTheLastError(t *testing.T) {
	t.Parallel()
	srv, cli := connect(t)
	lost := &whatsmeow.DisconnectedError{Action: "test"}
	err := New(cli).doWithin(t.Context(), 20*time.Millisecond, func() error {
		breakForGood(srv, cli)
		return lost
	})
	require.Same(t, lost, err)
}

func TestDoStopsWhenTheSocketBreaksEveryTime(t *testing.T) {
	t.Parallel()
	_, cli := connect(t)
	calls := 0
	err := New(cli).Do(t.Context(), func() error {
		calls++
		return whatsmeow.ErrNotConnected
	})
	require.ErrorIs(t, err, whatsmeow.ErrNotConnected)
	require.Equal(t, maxAttempts, calls)
}

func TestDoWithoutDevice(t *testing.T) {
	t.Parallel()
	cli := whatsmeow.NewClient(new(store.Device), nil)
	err := New(cli).Do(t.Context(), func() error {
		t.Error("nobody is logged in")
		return nil
	})
	require.ErrorIs(t, err, whatsmeow.ErrNotLoggedIn)
}
