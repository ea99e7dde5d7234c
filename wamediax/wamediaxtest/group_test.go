package wamediaxtest_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"
	"google.golang.org/protobuf/proto"

	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

// newGroup opens a group of the clients' accounts.
func newGroup(t testing.TB, srv *wamediaxtest.Server, clients ...*whatsmeow.Client) types.JID {
	jids := make([]types.JID, len(clients))
	for i, cli := range clients {
		jids[i] = phoneOf(cli)
	}
	group, err := srv.NewGroup(jids...)
	require.NoError(t, err)
	return group
}

// messagesOf is eventsOf for messages that say something. whatsmeow dispatches an event for the key
// of a group's sender as well.
func messagesOf(t testing.TB, cli *whatsmeow.Client) <-chan *events.Message {
	ch := make(chan *events.Message, 100)
	handler := cli.AddEventHandler(func(evt any) {
		msg, ok := evt.(*events.Message)
		if !ok {
			return
		}
		content := proto.Clone(msg.Message).(*waE2E.Message)
		content.SenderKeyDistributionMessage, content.MessageContextInfo = nil, nil
		if proto.Size(content) > 0 {
			ch <- msg
		}
	})
	t.Cleanup(func() { cli.RemoveEventHandler(handler) })
	return ch
}

func TestGroupMessageArrivesAtEveryOtherDevice(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		open           func(*wamediaxtest.Server, ...types.JID) (types.JID, error)
		mode           types.AddressingMode
		sender, altern func(*whatsmeow.Client) types.JID
	}{
		"of LIDs": {(*wamediaxtest.Server).NewGroup, types.AddressingModeLID,
			func(cli *whatsmeow.Client) types.JID { return cli.Store.GetLID() },
			func(cli *whatsmeow.Client) types.JID { return cli.Store.GetJID() }},
		"of phone numbers": {(*wamediaxtest.Server).NewPhoneNumberGroup, types.AddressingModePN,
			func(cli *whatsmeow.Client) types.JID { return cli.Store.GetJID() },
			func(cli *whatsmeow.Client) types.JID { return cli.Store.GetLID() }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := newServer(t)
			alice, bob, carol := newClient(t, srv), newClient(t, srv), newClient(t, srv)
			second := deviceOf(t, srv, alice, 2)
			clients := []*whatsmeow.Client{alice, second, bob, carol}
			messages := make(map[*whatsmeow.Client]<-chan *events.Message)
			for _, cli := range clients {
				messages[cli] = messagesOf(t, cli)
			}
			group, err := test.open(srv, phoneOf(alice), lidOf(bob), phoneOf(carol))
			require.NoError(t, err)

			for _, from := range []*whatsmeow.Client{alice, bob, second, carol, alice} {
				resp := sendText(t, from, group, "hello")
				for _, to := range clients {
					if to == from {
						continue
					}
					evt := nextText(t, messages[to], "hello")
					require.Equal(t, resp.ID, evt.Info.ID)
					require.Equal(t, resp.Timestamp, evt.Info.Timestamp)
					require.Equal(t, group, evt.Info.Chat)
					require.True(t, evt.Info.IsGroup)
					require.Equal(t, test.mode, evt.Info.AddressingMode)
					require.Equal(t, test.sender(from), evt.Info.Sender)
					require.Equal(t, test.altern(from), evt.Info.SenderAlt)
					require.Equal(t, phoneOf(to) == phoneOf(from), evt.Info.IsFromMe)
				}
			}
			for _, cli := range clients {
				require.Empty(t, messages[cli])
			}
		})
	}
}

func TestGroupMediaMessageSaysItsKind(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	alice, bob := newClient(t, srv), newClient(t, srv)
	messages := messagesOf(t, bob)
	group := newGroup(t, srv, alice, bob)
	_, err := alice.SendMessage(patience(t), group, &waE2E.Message{ImageMessage: &waE2E.ImageMessage{Caption: proto.String("a picture")}})
	require.NoError(t, err)
	evt := next(t, messages)
	require.Equal(t, "a picture", evt.Message.GetImageMessage().GetCaption())
	require.Equal(t, "media", evt.Info.Type)
	require.Equal(t, "image", evt.Info.MediaType)
}

func TestGroupIsKnownToItsMembersAlone(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	alice, bob, stranger := newClient(t, srv), newClient(t, srv), newClient(t, srv)
	joined := eventsOf[*events.JoinedGroup](t, bob)
	group := newGroup(t, srv, alice, bob)
	require.Equal(t, group, next(t, joined).JID)

	info, err := bob.GetGroupInfo(patience(t), group)
	require.NoError(t, err)
	require.Equal(t, types.AddressingModeLID, info.AddressingMode)
	require.Equal(t, lidOf(alice), info.OwnerJID)
	require.Len(t, info.Participants, 2)
	require.Equal(t, lidOf(alice), info.Participants[0].JID)
	require.Equal(t, phoneOf(alice), info.Participants[0].PhoneNumber)
	require.True(t, info.Participants[0].IsSuperAdmin)
	require.False(t, info.Participants[1].IsAdmin)

	groups, err := bob.GetJoinedGroups(patience(t))
	require.NoError(t, err)
	require.Len(t, groups, 1)
	groups, err = stranger.GetJoinedGroups(patience(t))
	require.NoError(t, err)
	require.Empty(t, groups)
	_, err = stranger.GetGroupInfo(patience(t), group)
	require.ErrorIs(t, err, whatsmeow.ErrNotInGroup)
	_, err = stranger.SendMessage(patience(t), group, textMessage("let me in"))
	require.ErrorIs(t, err, whatsmeow.ErrNotInGroup)
	_, err = stranger.GetGroupInfo(patience(t), types.NewJID("1", types.GroupServer))
	require.ErrorIs(t, err, whatsmeow.ErrGroupNotFound)
	require.ErrorContains(t, bob.SetGroupName(patience(t), group, "other"), "501")
}

func TestGroupNeedsAccountsOfThisServer(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	_, err := srv.NewGroup()
	require.ErrorContains(t, err, "at least one member")
	_, err = srv.NewGroup(types.NewJID("15550000000", types.DefaultUserServer))
	require.ErrorContains(t, err, "15550000000@s.whatsapp.net is not an account of this server")
}

func TestMembersComeAndGo(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	alice, bob, carol := newClient(t, srv), newClient(t, srv), newClient(t, srv)
	toBob, toCarol := messagesOf(t, bob), messagesOf(t, carol)
	joined, changes := eventsOf[*events.JoinedGroup](t, carol), eventsOf[*events.GroupInfo](t, bob)
	seenByAlice := eventsOf[*events.GroupInfo](t, alice)
	opened, err := alice.CreateGroup(patience(t), whatsmeow.ReqCreateGroup{Name: "Friends", Participants: []types.JID{lidOf(bob)}})
	require.NoError(t, err)
	require.Equal(t, "Friends", opened.Name)
	group := opened.JID
	sendText(t, alice, group, "two of us")
	nextText(t, toBob, "two of us")

	_, err = bob.UpdateGroupParticipants(patience(t), group, []types.JID{lidOf(carol)}, whatsmeow.ParticipantChangeAdd)
	require.ErrorIs(t, err, whatsmeow.ErrIQForbidden)
	added, err := alice.UpdateGroupParticipants(patience(t), group, []types.JID{lidOf(carol)}, whatsmeow.ParticipantChangeAdd)
	require.NoError(t, err)
	require.Len(t, added, 1)
	require.Equal(t, group, next(t, joined).JID)
	require.Equal(t, []types.JID{lidOf(carol)}, next(t, changes).Join)
	sendText(t, bob, group, "three of us")
	nextText(t, toCarol, "three of us")

	require.NoError(t, carol.LeaveGroup(patience(t), group))
	require.Equal(t, []types.JID{lidOf(carol)}, next(t, changes).Leave)
	// whatsmeow changes its list of members while it handles a notification, without a lock that
	// SendMessage respects, so Alice sends when she has handled both.
	require.Equal(t, []types.JID{lidOf(carol)}, next(t, seenByAlice).Join)
	require.Equal(t, []types.JID{lidOf(carol)}, next(t, seenByAlice).Leave)
	sendText(t, alice, group, "without carol")
	nextText(t, toBob, "without carol")
	require.Empty(t, toCarol)
	_, err = alice.UpdateGroupParticipants(patience(t), group, []types.JID{lidOf(bob)}, whatsmeow.ParticipantChangeRemove)
	require.NoError(t, err)
	require.Equal(t, []types.JID{lidOf(bob)}, next(t, changes).Leave)
	require.ErrorIs(t, carol.LeaveGroup(patience(t), group), whatsmeow.ErrIQForbidden)
}

func TestMemberThatCannotDecryptAsksForAnotherCopy(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	alice, bob, carol := newClient(t, srv), newClient(t, srv), newClient(t, srv)
	toAlice, toBob, toCarol := messagesOf(t, alice), messagesOf(t, bob), messagesOf(t, carol)
	undecryptable := eventsOf[*events.UndecryptableMessage](t, bob)
	group := newGroup(t, srv, alice, bob, carol)
	sendText(t, alice, group, "hello")
	nextText(t, toBob, "hello")
	sendText(t, bob, group, "hello yourself") // alice's next message begins no session
	nextText(t, toAlice, "hello yourself")
	nextText(t, toCarol, "hello")
	nextText(t, toCarol, "hello yourself")

	require.NoError(t, bob.Store.Sessions.DeleteAllSessions(t.Context(), lidOf(alice).SignalAddressUser()))
	resp := sendText(t, alice, group, "can you read this?")
	require.Equal(t, resp.ID, next(t, undecryptable).Info.ID)
	evt := nextText(t, toBob, "can you read this?")
	require.Equal(t, resp.ID, evt.Info.ID)
	require.Equal(t, group, evt.Info.Chat)
	require.NotZero(t, evt.RetryCount)
	nextText(t, toCarol, "can you read this?")
	sendText(t, alice, group, "and this?")
	nextText(t, toBob, "and this?")
	nextText(t, toCarol, "and this?")
}
