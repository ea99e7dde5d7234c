package socketwait

import (
	"context"
	"errors"
	"net"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow"
	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/types"

	"github.com/wamediax/whatsmeow-ext/wamediax/internal/stalltest"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

var mediaConn = whatsmeow.DangerousInfoQuery{
	Namespace: "w:m",
	Type:      "set",
	To:        types.ServerJID,
	Content:   []waBinary.Node{{Tag: "media_conn"}},
}

// stalling returns a client whose socket accepts no data until the valve is opened, at the latest
// at the end of the test.
func stalling(t *testing.T) (*wamediaxtest.Server, *whatsmeow.Client, *stalltest.Valve) {
	srv := wamediaxtest.NewServer()
	t.Cleanup(srv.Close)
	cli, valve, err := stalltest.NewClient(t.Context(), srv)
	require.NoError(t, err)
	t.Cleanup(valve.Open)
	valve.Shut()
	return srv, cli, valve
}

// leftBehind returns the number of abandoned calls' goroutines.
func leftBehind() int {
	stacks := make([]byte, 1<<20)
	return strings.Count(string(stacks[:runtime.Stack(stacks, true)]), "created by github.com/wamediax/whatsmeow-ext/wamediax/internal/socketwait.inTurn")
}

// Not parallel: it counts goroutines.
func TestAStalledSocketDoesNotOutlastTheContext(t *testing.T) {
	_, cli, valve := stalling(t)
	line := New(cli)
	for name, call := range map[string]func(ctx context.Context) error{
		"sending a stanza": func(ctx context.Context) error { return line.Send(ctx, waBinary.Node{Tag: "presence"}) },
		"a query": func(ctx context.Context) error {
			_, err := line.Query(ctx, mediaConn)
			return err
		},
		"a query that Do makes": func(ctx context.Context) error {
			return line.Do(ctx, func() error {
				_, err := line.Query(ctx, mediaConn)
				return err
			})
		},
	} {
		for range 10 {
			ctx, cancel := context.WithCancelCause(t.Context())
			ended := make(chan error)
			go func() { ended <- call(ctx) }()
			<-valve.Held()
			cancel(errOther)
			require.ErrorIs(t, <-ended, errOther, name)
		}
	}
	require.LessOrEqual(t, leftBehind(), 1, "30 calls leave one write behind")

	// The frame that was started is written completely, and the socket keeps working.
	valve.Open()
	answers, err := line.Query(t.Context(), mediaConn)
	require.NoError(t, err)
	require.Equal(t, "iq", (<-answers).Tag)
}

func TestALineWithAnAbandonedWriteWorksOnTheNextSocket(t *testing.T) {
	t.Parallel()
	srv, cli, valve := stalling(t)
	line := New(cli)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- line.Send(ctx, waBinary.Node{Tag: "presence"}) }()
	<-valve.Held()
	cancel()
	require.ErrorIs(t, <-ended, context.Canceled)

	srv.DropConnections() // and the frame is lost with its socket
	valve.Open()
	require.NoError(t, line.Do(t.Context(), func() error {
		_, err := line.Query(t.Context(), mediaConn)
		return err
	}))
}

// whatsmeow holds its lock while it dials.
func TestAClientThatDialsForeverDoesNotOutlastTheContext(t *testing.T) {
	t.Parallel()
	srv, cli := connect(t)
	srv.Disconnect(cli)
	dialing := make(chan struct{})
	hang, let := context.WithCancel(context.Background())
	t.Cleanup(let)
	cli.SetWebsocketHTTPClient(&http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			close(dialing)
			<-hang.Done()
			return nil, hang.Err()
		},
	}})
	connected := make(chan error, 1)
	go func() { connected <- cli.ConnectContext(hang) }()
	<-dialing

	line := New(cli)
	ctx, cancel := context.WithCancelCause(t.Context())
	ended := make(chan error)
	go func() { ended <- line.Do(ctx, func() error { return errors.New("there is no socket") }) }()
	cancel(errOther)
	require.ErrorIs(t, <-ended, errOther)
	require.False(t, line.Connected(t.Context()))
	require.ErrorIs(t, line.doWithin(t.Context(), time.Millisecond, nil), whatsmeow.ErrNotConnected)
	let()
	require.Error(t, <-connected)
}
