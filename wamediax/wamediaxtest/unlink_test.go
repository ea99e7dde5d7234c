package wamediaxtest_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"
)

func TestUnlinkedClientIsLoggedOut(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	cli, other := pairedClient(t, srv), newClient(t, srv)
	jid := cli.Store.GetJID()
	loggedOut := eventsOf[*events.LoggedOut](t, cli)
	require.NoError(t, srv.Unlink(jid))
	evt := next(t, loggedOut)
	require.False(t, evt.OnConnect)
	require.Equal(t, events.ConnectFailureLoggedOut, evt.Reason)
	require.Error(t, srv.Unlink(jid))
	require.True(t, other.IsLoggedIn())

	// Nobody writes to it any more, though the account is still there.
	sendText(t, other, jid.ToNonAD(), "anybody there?")
	for _, node := range srv.Nodes() {
		if node.Tag == "message" {
			participants := node.GetChildByTag("participants")
			require.Empty(t, participants.GetChildren())
		}
	}
}

func TestUnlinkedClientThatWasAwayIsRefused(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	cli, companion := newClient(t, srv), types.JID{}
	companion = cli.Store.GetJID()
	second := deviceOf(t, srv, cli, 2)
	srv.Disconnect(cli)
	require.NoError(t, srv.Unlink(companion))
	loggedOut := eventsOf[*events.LoggedOut](t, cli)
	require.NoError(t, cli.Connect())
	require.True(t, next(t, loggedOut).OnConnect)
	require.True(t, second.IsLoggedIn())

	loggedOut = eventsOf[*events.LoggedOut](t, second)
	require.NoError(t, srv.Unlink(second.Store.GetLID().ToNonAD()), "the account's devices")
	next(t, loggedOut)
	require.Error(t, srv.Unlink(types.NewJID("15550000000", types.DefaultUserServer)), "nobody has that number")
}

func TestDeviceIsLinkedAgainUnderAnotherNumber(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	first := pairedClient(t, srv)
	account := phoneOf(first)
	loggedOut := eventsOf[*events.LoggedOut](t, first)
	require.NoError(t, srv.Unlink(account))
	next(t, loggedOut)
	cli := unpairedClient(t, srv)
	connected := eventsOf[*events.Connected](t, cli)
	codesOf(t, cli)
	jid, err := srv.EnterCode(patience(t), account.User, codeFor(t, cli, account.User))
	require.NoError(t, err)
	require.EqualValues(t, 2, jid.Device)
	next(t, connected)
}

// A peer that remembers the device forgets it.
func TestUnlinkedDeviceIsForgotten(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	alice, bob := newClient(t, srv), newClient(t, srv)
	second := deviceOf(t, srv, bob, 2)
	secondHears, bobHears := eventsOf[*events.Message](t, second), eventsOf[*events.Message](t, bob)
	sendText(t, alice, phoneOf(bob), "both")
	nextText(t, secondHears, "both")
	nextText(t, bobHears, "both")
	require.NoError(t, srv.Unlink(second.Store.GetJID()))
	require.Eventually(t, func() bool {
		devices, err := alice.GetUserDevices(patience(t), []types.JID{lidOf(bob)})
		return err == nil && len(devices) == 1
	}, patienceFor, pollEvery)
	sendText(t, alice, phoneOf(bob), "one")
	nextText(t, bobHears, "one")
}
