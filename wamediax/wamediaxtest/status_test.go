package wamediaxtest_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"
)

func TestStatusArrivesAtItsAudience(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	alice, bob, carol := newClient(t, srv), newClient(t, srv), newClient(t, srv)
	second := deviceOf(t, srv, alice, 2)
	hears := make(map[*whatsmeow.Client]<-chan *events.Message)
	for _, cli := range []*whatsmeow.Client{alice, second, bob, carol} {
		hears[cli] = messagesOf(t, cli)
	}

	// Without an audience, the contacts that the client knows are asked for.
	_, _, err := alice.Store.Contacts.PutPushName(t.Context(), phoneOf(carol), "only seen in a group")
	require.NoError(t, err)
	require.NoError(t, alice.Store.Contacts.PutContactName(t.Context(), phoneOf(bob), "Bob", "Bob Builder"))
	sendText(t, alice, types.StatusBroadcastJID, "for contacts")
	evt := nextText(t, hears[bob], "for contacts")
	require.Equal(t, types.StatusBroadcastJID, evt.Info.Chat)
	require.Equal(t, alice.Store.GetJID(), evt.Info.Sender)
	require.Equal(t, alice.Store.GetLID(), evt.Info.SenderAlt)
	own := nextText(t, hears[second], "for contacts")
	require.True(t, own.Info.IsFromMe)
	require.Equal(t, []types.BroadcastRecipient{{LID: lidOf(bob), PN: phoneOf(bob)}}, own.Info.BroadcastRecipients)

	require.NoError(t, srv.SetStatusAudience(phoneOf(alice), phoneOf(carol)))
	sendText(t, alice, types.StatusBroadcastJID, "for carol")
	evt = nextText(t, hears[carol], "for carol")
	require.Equal(t, alice.Store.GetLID(), evt.Info.Sender)
	nextText(t, hears[second], "for carol")
	require.NoError(t, srv.SetStatusAudience(phoneOf(alice)))
	sendText(t, alice, types.StatusBroadcastJID, "for contacts again")
	nextText(t, hears[bob], "for contacts again")
	for _, cli := range []*whatsmeow.Client{alice, bob, carol} {
		require.Empty(t, hears[cli])
	}
}

func TestStatusThatCannotBeDecryptedIsSentOnceMore(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	alice, bob := newClient(t, srv), newClient(t, srv)
	toAlice, toBob := messagesOf(t, alice), messagesOf(t, bob)
	require.NoError(t, srv.SetStatusAudience(lidOf(alice), lidOf(bob)))
	sendText(t, alice, types.StatusBroadcastJID, "hello")
	nextText(t, toBob, "hello")
	sendText(t, bob, lidOf(alice), "hello yourself") // alice's next message begins no session
	nextText(t, toAlice, "hello yourself")
	require.NoError(t, bob.Store.Sessions.DeleteAllSessions(t.Context(), lidOf(alice).SignalAddressUser()))
	resp := sendText(t, alice, types.StatusBroadcastJID, "can you read this?")
	require.Equal(t, resp.ID, nextText(t, toBob, "can you read this?").Info.ID)
}

func TestStatusAudienceNeedsAccountsOfThisServer(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	alice := newClient(t, srv)
	nobody := types.NewJID("15550000000", types.DefaultUserServer)
	require.ErrorContains(t, srv.SetStatusAudience(nobody), "not an account")
	require.ErrorContains(t, srv.SetStatusAudience(phoneOf(alice), nobody), "not an account")
}
