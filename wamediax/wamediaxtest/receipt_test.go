package wamediaxtest_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"
)

func TestSenderHearsThatItsMessageWasDeliveredAndRead(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	alice, bob := newClient(t, srv), newClient(t, srv)
	second := deviceOf(t, srv, alice, 2)
	bob.SetForceActiveDeliveryReceipts(true)
	messages := messagesOf(t, bob)
	receipts := []<-chan *events.Receipt{eventsOf[*events.Receipt](t, alice), eventsOf[*events.Receipt](t, second)}
	group := newGroup(t, srv, alice, bob)
	for _, to := range []types.JID{lidOf(bob), group} {
		resp := sendText(t, alice, to, "hello")
		evt := nextText(t, messages, "hello")
		for _, hears := range receipts {
			receipt := next(t, hears)
			require.Equal(t, types.ReceiptTypeDelivered, receipt.Type)
			require.Equal(t, []types.MessageID{resp.ID}, receipt.MessageIDs)
			require.Equal(t, to, receipt.Chat)
			require.Equal(t, bob.Store.GetLID(), receipt.Sender)
		}
		require.NoError(t, bob.MarkRead(patience(t), []types.MessageID{resp.ID}, time.Now(), evt.Info.Chat, evt.Info.Sender))
		for _, hears := range receipts {
			receipt := next(t, hears)
			require.Equal(t, types.ReceiptTypeRead, receipt.Type)
			require.Equal(t, []types.MessageID{resp.ID}, receipt.MessageIDs)
			require.Equal(t, to, receipt.Chat)
		}
	}
}

func TestInactiveClientSendsNoReceiptToTheSender(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	alice, bob := newClient(t, srv), newClient(t, srv)
	toAlice, toBob := messagesOf(t, alice), messagesOf(t, bob)
	receipts := eventsOf[*events.Receipt](t, alice)
	resp := sendText(t, alice, lidOf(bob), "hello")
	nextText(t, toBob, "hello")
	require.Eventually(t, func() bool {
		return slices.ContainsFunc(srv.Nodes(), func(node waBinary.Node) bool {
			return node.Tag == "receipt" && node.Attrs["id"] == resp.ID && node.Attrs["type"] == "inactive"
		})
	}, patienceFor, pollEvery)
	sendText(t, bob, lidOf(alice), "hello yourself") // the receipt would have come before
	nextText(t, toAlice, "hello yourself")
	require.Empty(t, receipts)
}
