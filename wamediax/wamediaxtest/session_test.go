package wamediaxtest_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"
	"google.golang.org/protobuf/proto"

	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

func textMessage(text string) *waE2E.Message {
	return &waE2E.Message{Conversation: proto.String(text)}
}

func TestClientReconnectsAfterADroppedConnection(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	cli := newClient(t, srv)
	disconnected := eventsOf[*events.Disconnected](t, cli)
	connected := eventsOf[*events.Connected](t, cli)
	for range 3 {
		srv.DropConnections()
		next(t, disconnected)
		next(t, connected)
		require.True(t, cli.IsLoggedIn())
		_, err := internals(cli).QueryMediaConn(patience(t))
		require.NoError(t, err)
	}
}

func TestRefusedClientComesBackLater(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	cli := newClient(t, srv)
	refused := make(chan error, 10)
	cli.AutoReconnectHook = func(err error) bool {
		refused <- err
		srv.RefuseConnections(false)
		return true
	}
	connected := eventsOf[*events.Connected](t, cli)

	srv.RefuseConnections(true)
	require.True(t, cli.IsConnected(), "an open socket stays open")
	srv.DropConnections()
	require.ErrorContains(t, next(t, refused), "503")
	next(t, connected)
}

func TestNewClientFailsWhileConnectionsAreRefused(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	srv.RefuseConnections(true)
	_, err := srv.NewClient(patience(t))
	require.ErrorContains(t, err, "503")
}

func TestClientThatHangsUpMayComeBack(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	cli := newClient(t, srv)
	srv.Disconnect(cli)
	require.False(t, cli.IsConnected())
	connected := eventsOf[*events.Connected](t, cli)
	require.NoError(t, cli.Connect())
	next(t, connected)
}

func TestSentMessageIsAcknowledged(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	cli := newClient(t, srv)
	newsletter := types.NewJID("120363000000000000", types.NewsletterServer)
	resp, err := cli.SendMessage(patience(t), newsletter, textMessage("hello"))
	require.NoError(t, err)
	require.False(t, resp.Timestamp.IsZero())

	nodes := srv.Nodes()
	last := nodes[len(nodes)-1]
	require.Equal(t, "message", last.Tag)
	require.Equal(t, newsletter, last.Attrs["to"])
	require.Equal(t, resp.ID, last.Attrs["id"])
}

func TestCloseEndsConnectedClients(t *testing.T) {
	t.Parallel()
	srv := wamediaxtest.NewServer()
	first, second := newClient(t, srv), newClient(t, srv)
	srv.Close()
	require.False(t, first.IsConnected())
	require.False(t, second.IsConnected())
	require.Error(t, second.Store.Save(patience(t)), "the database is closed")
	_, err := srv.NewClient(patience(t))
	require.ErrorContains(t, err, "closed")
	_, err = srv.HTTPClient().Get("https://mmg.cdn.test/")
	require.Error(t, err)
	srv.Close()
}

func TestCloseWhileClientsReconnect(t *testing.T) {
	t.Parallel()
	for range 5 {
		srv := wamediaxtest.NewServer()
		newClient(t, srv)
		newClient(t, srv)
		srv.DropConnections()
		srv.Close()
	}
}

func TestCloseWhileClientsLogIn(t *testing.T) {
	t.Parallel()
	srv := wamediaxtest.NewServer()
	results := make(chan error)
	for range 4 {
		go func() {
			_, err := srv.NewClient(patience(t))
			results <- err
		}()
	}
	require.NoError(t, <-results)
	srv.Close()
	for range 3 {
		<-results // may have been in time, or not
	}
}

func TestCloseDuringAQuery(t *testing.T) {
	t.Parallel()
	never := make(chan struct{})
	srv := wamediaxtest.NewServer(wamediaxtest.WithMediaConn(wamediaxtest.MediaConn{Hold: never}))
	cli := newClient(t, srv)
	failed := make(chan error, 1)
	go func() {
		_, err := internals(cli).QueryMediaConn(patience(t))
		failed <- err
	}()
	require.Eventually(t, func() bool { return srv.MediaConnQueries() == 1 }, patienceFor, pollEvery)
	srv.Close()
	// The server answers 503 and hangs up. The client may notice the end of the connection first.
	err := next(t, failed)
	require.Error(t, err)
	var disconnected *whatsmeow.DisconnectedError
	if !errors.As(err, &disconnected) {
		var iqErr *whatsmeow.IQError
		require.ErrorAs(t, err, &iqErr)
		require.Equal(t, 503, iqErr.Code)
	}
}
