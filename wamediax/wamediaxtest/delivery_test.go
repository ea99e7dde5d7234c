package wamediaxtest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow"
	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"
	"google.golang.org/protobuf/proto"

	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

// nextText returns the next message that comes, which must say text.
func nextText(t testing.TB, messages <-chan *events.Message, text string) *events.Message {
	evt := next(t, messages)
	require.Equal(t, text, evt.Message.GetConversation())
	return evt
}

func sendText(t testing.TB, cli *whatsmeow.Client, to types.JID, text string) whatsmeow.SendResponse {
	resp, err := cli.SendMessage(patience(t), to, textMessage(text))
	require.NoError(t, err)
	return resp
}

func phoneOf(cli *whatsmeow.Client) types.JID {
	return cli.Store.GetJID().ToNonAD()
}

func lidOf(cli *whatsmeow.Client) types.JID {
	return cli.Store.GetLID().ToNonAD()
}

// deviceOf logs another device of cli's account in.
func deviceOf(t testing.TB, srv *wamediaxtest.Server, cli *whatsmeow.Client, device uint16) *whatsmeow.Client {
	jid := phoneOf(cli)
	jid.Device = device
	return newClient(t, srv, wamediaxtest.WithJID(jid))
}

func TestMessageArrivesWithItsSender(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	alice, bob := newClient(t, srv), newClient(t, srv)
	messages := eventsOf[*events.Message](t, bob)

	for _, to := range []types.JID{phoneOf(bob), lidOf(bob)} {
		resp := sendText(t, alice, to, "hello "+to.Server)
		evt := nextText(t, messages, "hello "+to.Server)
		require.Equal(t, resp.ID, evt.Info.ID)
		require.Equal(t, resp.Timestamp, evt.Info.Timestamp)
		require.Equal(t, alice.Store.GetLID(), evt.Info.Sender)
		require.Equal(t, alice.Store.GetJID(), evt.Info.SenderAlt)
		require.Equal(t, lidOf(alice), evt.Info.Chat)
		require.Equal(t, types.AddressingModeLID, evt.Info.AddressingMode)
		require.Equal(t, "wamediaxtest", evt.Info.PushName)
		require.Equal(t, "text", evt.Info.Type)
		require.False(t, evt.Info.IsFromMe)
		require.False(t, evt.Info.IsGroup)
	}
}

func TestMessagesGoBothWays(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	alice, bob := newClient(t, srv), newClient(t, srv)
	toAlice, toBob := eventsOf[*events.Message](t, alice), eventsOf[*events.Message](t, bob)
	sendText(t, alice, phoneOf(bob), "question")
	for i := range 5 {
		question := next(t, toBob)
		reply := fmt.Sprintf("%s? %d", question.Message.GetConversation(), i)
		sendText(t, bob, question.Info.Chat, reply)
		answer := nextText(t, toAlice, reply)
		sendText(t, alice, answer.Info.Sender.ToNonAD(), reply)
	}
	next(t, toBob)
	require.Empty(t, toAlice)
	require.Empty(t, toBob)
}

func TestSelfSentMessageIsTheAccountsOwn(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	alice := newClient(t, srv)
	second, bob := deviceOf(t, srv, alice, 2), newClient(t, srv)
	third := deviceOf(t, srv, bob, 9)
	secondHears, bobHears, thirdHears := eventsOf[*events.Message](t, second), eventsOf[*events.Message](t, bob), eventsOf[*events.Message](t, third)
	aliceHears := eventsOf[*events.Message](t, alice)

	resp := sendText(t, alice, phoneOf(bob), "for all devices")
	for _, messages := range []<-chan *events.Message{bobHears, thirdHears} {
		evt := nextText(t, messages, "for all devices")
		require.Equal(t, alice.Store.GetLID(), evt.Info.Sender)
		require.Nil(t, evt.Info.DeviceSentMeta)
	}
	own := nextText(t, secondHears, "for all devices")
	require.Equal(t, resp.ID, own.Info.ID)
	require.True(t, own.Info.IsFromMe)
	require.Equal(t, alice.Store.GetLID(), own.Info.Sender)
	require.Equal(t, lidOf(bob), own.Info.Chat)
	require.Equal(t, phoneOf(bob), own.Info.RecipientAlt)
	require.NotNil(t, own.Info.DeviceSentMeta)

	sendText(t, third, lidOf(alice), "back")
	nextText(t, aliceHears, "back")
	nextText(t, secondHears, "back")
	require.True(t, nextText(t, bobHears, "back").Info.IsFromMe)
	require.Empty(t, thirdHears)
}

func TestMessageOfManyKindsArrives(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	alice, bob := newClient(t, srv), newClient(t, srv)
	messages := eventsOf[*events.Message](t, bob)
	long := strings.Repeat("many words ", 100_000) // more than a megabyte
	sent := sendText(t, alice, phoneOf(bob), long)
	nextText(t, messages, long)

	for name, message := range map[string]*waE2E.Message{
		"media":    {ImageMessage: &waE2E.ImageMessage{Caption: proto.String("a picture"), URL: proto.String("https://mmg.cdn.test/x")}},
		"reaction": alice.BuildReaction(lidOf(bob), lidOf(alice), sent.ID, "🎉"),
		"edit":     alice.BuildEdit(lidOf(bob), sent.ID, textMessage("few words")),
		"revoke":   alice.BuildRevoke(lidOf(bob), types.EmptyJID, sent.ID),
	} {
		t.Run(name, func(t *testing.T) {
			resp, err := alice.SendMessage(patience(t), lidOf(bob), message)
			require.NoError(t, err)
			evt := next(t, messages)
			require.Equal(t, resp.ID, evt.Info.ID)
			want := proto.Clone(message).(*waE2E.Message)
			got := proto.Clone(evt.RawMessage).(*waE2E.Message)
			want.MessageContextInfo, got.MessageContextInfo = nil, nil
			require.True(t, proto.Equal(want, got), "%v", got)
		})
	}
}

func TestMessageForClientThatIsAwayWaits(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	alice, bob := newClient(t, srv), newClient(t, srv)
	messages := eventsOf[*events.Message](t, bob)
	previews, complete := eventsOf[*events.OfflineSyncPreview](t, bob), eventsOf[*events.OfflineSyncCompleted](t, bob)
	sendText(t, alice, phoneOf(bob), "present")
	nextText(t, messages, "present")

	for round := range 2 {
		srv.Disconnect(bob)
		for i := range 20 {
			sendText(t, alice, phoneOf(bob), fmt.Sprintf("absent %d %d", round, i))
		}
		require.NoError(t, bob.Connect())
		require.GreaterOrEqual(t, next(t, previews).Messages, 20)
		for i := range 20 {
			nextText(t, messages, fmt.Sprintf("absent %d %d", round, i))
		}
		for next(t, complete).Count < 20 { // none was held at the first login
		}
	}
	sendText(t, alice, phoneOf(bob), "back")
	nextText(t, messages, "back")
	require.Empty(t, messages)
}

func TestMessageForClientThatIsKeptOutWaits(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	alice, bob := newClient(t, srv), newClient(t, srv)
	messages := eventsOf[*events.Message](t, bob)
	bob.AutoReconnectHook = func(error) bool {
		srv.RefuseConnections(false)
		return true
	}
	aliceIsBack := eventsOf[*events.Connected](t, alice)
	alice.AutoReconnectHook = bob.AutoReconnectHook
	srv.RefuseConnections(true)
	srv.DropConnections()
	next(t, aliceIsBack)
	sendText(t, alice, phoneOf(bob), "are you there?")
	nextText(t, messages, "are you there?")
}

// Whenever the receiver's socket breaks, what the sender was told has been sent arrives, once, and
// in order.
func TestMessagesSurviveDroppedConnections(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	alice, bob := newClient(t, srv), newClient(t, srv)
	messages, connected := eventsOf[*events.Message](t, bob), eventsOf[*events.Connected](t, alice)
	const rounds, burst = 10, 5
	for round := range rounds {
		for i := range burst {
			sendText(t, alice, phoneOf(bob), fmt.Sprintf("message %d %d", round, i))
		}
		srv.DropConnections() // bob has some of them by now
		next(t, connected)
	}
	for round := range rounds {
		for i := range burst {
			nextText(t, messages, fmt.Sprintf("message %d %d", round, i))
		}
	}
	sendText(t, alice, phoneOf(bob), "the last one")
	nextText(t, messages, "the last one")
}

func TestMessageThatCannotBeDecryptedIsSentOnceMore(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	alice, bob := newClient(t, srv), newClient(t, srv)
	second := deviceOf(t, srv, alice, 2)
	messages, own := eventsOf[*events.Message](t, bob), eventsOf[*events.Message](t, second)
	replies := eventsOf[*events.Message](t, alice)
	undecryptable := eventsOf[*events.UndecryptableMessage](t, bob)
	sendText(t, alice, phoneOf(bob), "hello")
	nextText(t, messages, "hello")
	nextText(t, own, "hello")
	sendText(t, bob, phoneOf(alice), "hello yourself") // alice's next message begins no session
	nextText(t, own, "hello yourself")
	nextText(t, replies, "hello yourself")

	require.NoError(t, bob.Store.Sessions.DeleteAllSessions(t.Context(), lidOf(alice).SignalAddressUser()))
	require.NoError(t, second.Store.Sessions.DeleteAllSessions(t.Context(), lidOf(alice).SignalAddressUser()))
	resp := sendText(t, alice, phoneOf(bob), "can you read this?")
	require.Equal(t, resp.ID, next(t, undecryptable).Info.ID)
	evt := nextText(t, messages, "can you read this?")
	require.Equal(t, resp.ID, evt.Info.ID)
	require.NotZero(t, evt.RetryCount)
	evt = nextText(t, own, "can you read this?")
	require.Equal(t, lidOf(bob), evt.Info.Chat)
	require.True(t, evt.Info.IsFromMe)
}

func TestPushNameIsWhatTheSenderCallsItself(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	alice, bob := newClient(t, srv), newClient(t, srv)
	names := eventsOf[*events.PushName](t, bob)
	messages := eventsOf[*events.Message](t, bob)
	alice.Store.PushName = "Alice"
	require.NoError(t, alice.SendPresence(patience(t), types.PresenceAvailable))
	sendText(t, alice, phoneOf(bob), "hello")
	require.Equal(t, "Alice", next(t, messages).Info.PushName)
	require.Equal(t, "Alice", next(t, names).NewPushName)
}

// A sender that remembers somebody's devices hears of a new one.
func TestNewDeviceGetsMessagesToo(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	alice, bob := newClient(t, srv), newClient(t, srv)
	messages := eventsOf[*events.Message](t, bob)
	sendText(t, alice, phoneOf(bob), "one device")
	nextText(t, messages, "one device")
	second := deviceOf(t, srv, bob, 2)
	secondHears := eventsOf[*events.Message](t, second)
	require.Eventually(t, func() bool {
		devices, err := alice.GetUserDevices(patience(t), []types.JID{lidOf(bob)})
		return err == nil && len(devices) == 2
	}, patienceFor, pollEvery)
	sendText(t, alice, phoneOf(bob), "two devices")
	nextText(t, messages, "two devices")
	nextText(t, secondHears, "two devices")
}

// What the sender sends for the server's eyes, or for other devices, is not passed on.
func TestMessageIsPassedOnAsTheReceiverMaySeeIt(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	alice, bob := newClient(t, srv), newClient(t, srv)
	messages := eventsOf[*events.Message](t, bob)
	extra := []waBinary.Node{{Tag: "meta", Attrs: waBinary.Attrs{"target_id": "X"}}, {Tag: "tctoken", Content: []byte{1}}}
	_, err := alice.SendMessage(patience(t), phoneOf(bob), textMessage("hello"), whatsmeow.SendRequestExtra{AdditionalNodes: &extra})
	require.NoError(t, err)
	require.Equal(t, "X", next(t, messages).Info.MsgMetaInfo.TargetID)
}
