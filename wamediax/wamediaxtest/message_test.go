package wamediaxtest_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"
	"google.golang.org/protobuf/proto"

	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

func TestMessagesAreAsTheServerSawThem(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	alice, bob := newClient(t, srv), newClient(t, srv)
	toBob := messagesOf(t, bob)
	group := newGroup(t, srv, alice, bob)
	newsletter := newNewsletter(t, srv, alice, bob)
	up, err := alice.UploadNewsletter(patience(t), []byte("sound"), whatsmeow.MediaAudio)
	require.NoError(t, err)
	require.NoError(t, srv.SetStatusAudience(lidOf(alice), lidOf(bob)))
	image := &waE2E.Message{ImageMessage: &waE2E.ImageMessage{Caption: proto.String("a picture")}}
	gif := &waE2E.Message{VideoMessage: &waE2E.VideoMessage{GifPlayback: proto.Bool(true)}}
	note := &waE2E.Message{AudioMessage: &waE2E.AudioMessage{PTT: proto.Bool(true), DirectPath: proto.String(up.DirectPath)}}
	hers := []types.JID{bob.Store.GetLID()}
	for name, test := range map[string]struct {
		to      types.JID
		content *waE2E.Message
		want    wamediaxtest.Message
	}{
		"text":            {phoneOf(bob), textMessage("hello"), wamediaxtest.Message{To: lidOf(bob), Type: "text", Recipients: hers}},
		"a picture":       {lidOf(bob), image, wamediaxtest.Message{To: lidOf(bob), Type: "media", MediaType: "image", Recipients: hers}},
		"a group's GIF":   {group, gif, wamediaxtest.Message{To: group, Type: "media", MediaType: "gif", Recipients: hers}},
		"a status":        {types.StatusBroadcastJID, image, wamediaxtest.Message{To: types.StatusBroadcastJID, Type: "media", MediaType: "image", Recipients: hers}},
		"a channel's ptt": {newsletter, note, wamediaxtest.Message{To: newsletter, Type: "media", MediaType: "ptt", MediaHandle: up.Handle}},
		"an edit": {lidOf(bob), alice.BuildEdit(lidOf(bob), "X", textMessage("hi")),
			wamediaxtest.Message{To: lidOf(bob), Type: "text", Edit: types.EditAttributeMessageEdit, Recipients: hers}},
	} {
		resp, err := alice.SendMessage(patience(t), test.to, test.content, whatsmeow.SendRequestExtra{MediaHandle: test.want.MediaHandle})
		require.NoError(t, err, name)
		next(t, toBob)
		messages := srv.Messages()
		got := messages[len(messages)-1]
		require.Equal(t, resp.Timestamp.Unix(), got.Arrived.Unix(), name)
		require.Equal(t, "message", got.Node.Tag, name)
		got.Arrived, got.Node = test.want.Arrived, test.want.Node
		test.want.ID, test.want.From, test.want.ServerID, test.want.Acked = resp.ID, alice.Store.GetJID(), resp.ServerID, true
		require.Equal(t, test.want, got, name)
	}
}

func TestMessageThatIsSentAgainArrivesOnce(t *testing.T) {
	t.Parallel()
	for name, effect := range map[string]wamediaxtest.MessageEffect{
		"after an ack that was lost":   wamediaxtest.LoseAck(),
		"after an ack that comes late": wamediaxtest.AckAfter(nil),
	} {
		for _, kind := range []string{"person", "group", "newsletter", "status"} {
			t.Run(kind+" "+name, func(t *testing.T) {
				t.Parallel()
				srv := newServer(t)
				alice, bob := newClient(t, srv), newClient(t, srv)
				toBob := messagesOf(t, bob)
				require.NoError(t, srv.SetStatusAudience(lidOf(alice), lidOf(bob)))
				to := map[string]types.JID{
					"person": lidOf(bob), "group": newGroup(t, srv, alice, bob),
					"newsletter": newNewsletter(t, srv, alice, bob), "status": types.StatusBroadcastJID,
				}[kind]
				srv.InjectMessageFault(wamediaxtest.MessageFault{Do: effect})
				extra := whatsmeow.SendRequestExtra{ID: "AGAIN", Timeout: 200 * time.Millisecond}
				_, err := alice.SendMessage(patience(t), to, textMessage("hello"), extra)
				require.ErrorIs(t, err, whatsmeow.ErrMessageTimedOut)
				nextText(t, toBob, "hello")
				extra.Timeout = 0
				resp, err := alice.SendMessage(patience(t), to, textMessage("hello"), extra)
				require.NoError(t, err)
				sendText(t, alice, to, "the next one")
				nextText(t, toBob, "the next one")

				messages := srv.Messages()
				require.Len(t, messages, 3)
				first, again := messages[0], messages[1]
				require.Equal(t, first.ID, again.ID)
				require.False(t, first.Acked)
				require.False(t, first.Duplicate)
				require.True(t, again.Acked)
				require.True(t, again.Duplicate)
				require.Equal(t, first.ServerID, resp.ServerID)
				require.Equal(t, first.Arrived.Unix(), resp.Timestamp.Unix())
			})
		}
	}
}

func TestMessageThatWasRefusedOrLostIsNew(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		effect wamediaxtest.MessageEffect
		err    error
		code   int
		lost   bool
	}{
		"refused": {wamediaxtest.RefuseMessage(479), whatsmeow.ErrServerReturnedError, 479, false},
		"lost":    {wamediaxtest.LoseMessage(), whatsmeow.ErrMessageTimedOut, 0, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := newServer(t)
			alice, bob := newClient(t, srv), newClient(t, srv)
			toBob := messagesOf(t, bob)
			srv.InjectMessageFault(wamediaxtest.MessageFault{Do: test.effect})
			extra := whatsmeow.SendRequestExtra{ID: "AGAIN", Timeout: 200 * time.Millisecond}
			_, err := alice.SendMessage(patience(t), lidOf(bob), textMessage("first"), extra)
			require.ErrorIs(t, err, test.err)
			extra.Timeout = 0
			_, err = alice.SendMessage(patience(t), lidOf(bob), textMessage("second"), extra)
			require.NoError(t, err)
			nextText(t, toBob, "second")
			require.Empty(t, toBob)
			messages := srv.Messages()
			require.Len(t, messages, 2)
			require.Equal(t, test.code, messages[0].Error)
			require.Equal(t, test.lost, messages[0].Lost)
			require.Equal(t, !test.lost, messages[0].Acked)
			require.False(t, messages[1].Duplicate)
		})
	}
}

// whatsmeow itself sends a message again whose socket breaks before the ack.
func TestMessageWhoseAckDiesWithTheSocketArrivesOnce(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	alice, bob := newClient(t, srv), newClient(t, srv)
	toBob := messagesOf(t, bob)
	srv.InjectMessageFault(wamediaxtest.MessageFault{Do: wamediaxtest.AckAfter(nil)})
	sent := make(chan error, 1)
	go func() {
		_, err := alice.SendMessage(patience(t), lidOf(bob), textMessage("hello"))
		sent <- err
	}()
	nextText(t, toBob, "hello")
	srv.DropConnections()
	require.NoError(t, next(t, sent))
	sendText(t, alice, lidOf(bob), "the next one")
	nextText(t, toBob, "the next one")
	require.True(t, srv.Messages()[1].Duplicate)
}

func TestMessageIsAcknowledgedWhenTheTestSaysSo(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	alice, bob := newClient(t, srv), newClient(t, srv)
	toBob := messagesOf(t, bob)
	now := make(chan struct{})
	srv.InjectMessageFault(wamediaxtest.MessageFault{Do: wamediaxtest.AckAfter(now)})
	sent := make(chan error, 1)
	go func() {
		_, err := alice.SendMessage(patience(t), lidOf(bob), textMessage("hello"))
		sent <- err
	}()
	nextText(t, toBob, "hello")
	require.NoError(t, srv.WaitForMessages(patience(t), func(messages []wamediaxtest.Message) bool {
		return len(messages) == 1 && !messages[0].Acked
	}))
	require.Empty(t, sent)
	close(now)
	require.NoError(t, next(t, sent))
	require.True(t, srv.Messages()[0].Acked)
	require.NoError(t, srv.WaitForMessages(patience(t), func(messages []wamediaxtest.Message) bool { return messages[0].Acked }))
}

func TestWaitingForMessagesEndsWithTheContext(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	reason := errors.New("enough")
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(reason)
	err := srv.WaitForMessages(ctx, func([]wamediaxtest.Message) bool { return false })
	require.ErrorIs(t, err, reason)
	require.ErrorContains(t, err, "still waiting after 0 messages")
}

func TestMessageFaultStrikesWhatItIsFor(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	alice, bob, carol := newClient(t, srv), newClient(t, srv), newClient(t, srv)
	send := func(to *whatsmeow.Client) string {
		_, err := alice.SendMessage(patience(t), lidOf(to), textMessage("hello"))
		if err != nil {
			require.ErrorIs(t, err, whatsmeow.ErrServerReturnedError)
			return err.Error()[len("server returned error "):]
		}
		return "ok"
	}
	srv.InjectMessageFault(wamediaxtest.MessageFault{To: phoneOf(bob), Skip: 1, Times: 2, Do: wamediaxtest.RefuseMessage(401)})
	srv.InjectMessageFault(wamediaxtest.MessageFault{To: lidOf(carol), Times: -1, Do: wamediaxtest.RefuseMessage(402)})
	var got []string
	for _, to := range []*whatsmeow.Client{bob, carol, bob, bob, carol, bob, carol} {
		got = append(got, send(to))
	}
	require.Equal(t, []string{"ok", "402", "401", "401", "402", "ok", "402"}, got)
	srv.ClearFaults()
	require.Equal(t, "ok", send(carol))
}
