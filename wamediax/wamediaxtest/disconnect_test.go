package wamediaxtest_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/types/events"
)

func TestDisconnectLetsTheClientSayWhatItHas(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	alice, bob := newClient(t, srv), newClient(t, srv)
	busy, goOn := make(chan struct{}), make(chan struct{})
	bob.AddEventHandler(func(evt any) {
		if _, ok := evt.(*events.Message); ok {
			close(busy)
			<-goOn // whatsmeow sends the receipt after that
		}
	})
	sent := sendText(t, alice, phoneOf(bob), "hello")
	<-busy
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		srv.Disconnect(bob)
	}()
	select {
	case <-gone:
		require.Fail(t, "it has hung up on a client that still works on a message")
	case <-time.After(50 * time.Millisecond):
	}
	close(goOn)
	<-gone
	require.True(t, slices.ContainsFunc(srv.Nodes(), func(node waBinary.Node) bool {
		return node.Tag == "receipt" && node.Attrs["id"] == sent.ID
	}))
	require.False(t, bob.IsConnected())
}
