package wamediaxtest_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/types/events"
)

// The client is made as a program makes it that knows nothing of tests.
func TestPlainlyConstructedClientReachesTheServer(t *testing.T) { // not parallel: the transport is the process's
	srv := newServer(t)
	before := http.DefaultTransport
	restore := srv.InstallDefaultTransport()
	t.Cleanup(restore)
	cli := whatsmeow.NewClient(openDatabase(t, t.TempDir()+"/store.db").NewDevice(), nil)
	restore()
	require.Same(t, before, http.DefaultTransport)
	t.Cleanup(func() { srv.Disconnect(cli) })

	connected, messages := eventsOf[*events.Connected](t, cli), messagesOf(t, cli)
	qr, err := cli.GetQRChannel(patience(t))
	require.NoError(t, err)
	require.NoError(t, cli.Connect())
	_, err = srv.Scan(patience(t), next(t, qr).Code)
	require.NoError(t, err)
	next(t, connected)

	up, err := cli.Upload(patience(t), []byte("a document"), whatsmeow.MediaDocument)
	require.NoError(t, err)
	_, ok := srv.Object(up.DirectPath)
	require.True(t, ok)
	sendText(t, newClient(t, srv), lidOf(cli), "hello")
	nextText(t, messages, "hello")
	for range qr { // ends with the pairing
	}
}

func TestDefaultTransportIsRestoredOnce(t *testing.T) { // not parallel
	srv, other := newServer(t), newServer(t)
	before := http.DefaultTransport
	restore := srv.InstallDefaultTransport()
	require.Same(t, srv.HTTPClient().Transport, http.DefaultTransport)
	restoreInner := other.InstallDefaultTransport()
	require.Same(t, other.HTTPClient().Transport, http.DefaultTransport)
	restoreInner()
	require.Same(t, srv.HTTPClient().Transport, http.DefaultTransport)
	restore()
	require.Same(t, before, http.DefaultTransport)
	restoreInner()
	require.Same(t, before, http.DefaultTransport)
}
