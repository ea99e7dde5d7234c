//go:build !race

package wamediaxtest_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow/types/events"
)

// Whenever the sockets break, the sender's in the middle of sending too: what the sender was told
// has been sent arrives, once, and in order. What whatsmeow does with a message that is cut off is
// not clean under the race detector.
func TestMessagesSurviveDroppedConnectionsOfTheSender(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	alice, bob := newClient(t, srv), newClient(t, srv)
	messages := eventsOf[*events.Message](t, bob)
	ctx, cancel := context.WithCancel(patience(t))
	dropped := make(chan struct{})
	connected := eventsOf[*events.Connected](t, bob)
	go func() {
		defer close(dropped)
		for ctx.Err() == nil {
			srv.DropConnections()
			select {
			case <-connected:
			case <-ctx.Done():
			}
		}
	}()
	var sent []string
	for i := 0; len(sent) < 50; i++ {
		text := fmt.Sprintf("message %d", i)
		require.True(t, alice.WaitForConnection(patienceFor)) // messages that never leave use the session up: 2000 are too many
		if _, err := alice.SendMessage(ctx, phoneOf(bob), textMessage(text)); err == nil {
			sent = append(sent, text)
		}
	}
	cancel()
	<-dropped
	for _, text := range sent {
		for {
			evt := next(t, messages) // one that the sender gave up may have got through as well
			if evt.Message.GetConversation() == text {
				break
			}
			require.NotContains(t, sent, evt.Message.GetConversation(), "instead of %s", text)
		}
	}
	require.Empty(t, messages)
}
