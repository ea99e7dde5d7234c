package wamediaxtest_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow"
	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/proto/waMmsRetry"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"

	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

var (
	phoneChat  = types.NewJID("15550009999", types.DefaultUserServer)
	phoneGroup = types.NewJID("120363000000000001", types.GroupServer)
	phoneKey   = bytes.Repeat([]byte{7}, 32)
)

// The phone's half is measured with whatsmeow's own: its receipt, and its decryption of the answer.
func TestPhoneWithPlainWhatsmeow(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	cli := newClient(t, srv)
	answers := eventsOf[*events.MediaRetry](t, cli)
	srv.SetPhone(wamediaxtest.PhoneWith(map[types.MessageID]wamediaxtest.PhoneMedia{
		"HERE":  {MediaKey: phoneKey, DirectPath: "/v/new"},
		"GONE":  {MediaKey: phoneKey},
		"OTHER": {MediaKey: bytes.Repeat([]byte{8}, 32), DirectPath: "/v/other"},
	}))
	ask := func(id types.MessageID) *events.MediaRetry {
		err := cli.SendMediaRetryReceipt(t.Context(), &types.MessageInfo{
			ID:            id,
			MessageSource: types.MessageSource{Chat: phoneGroup, Sender: phoneChat, IsGroup: true},
		}, phoneKey)
		require.NoError(t, err)
		select {
		case answer := <-answers:
			require.Equal(t, id, answer.MessageID)
			require.Equal(t, phoneGroup, answer.ChatID)
			require.Equal(t, phoneChat, answer.SenderID)
			require.False(t, answer.FromMe)
			return answer
		case <-patience(t).Done():
			require.Fail(t, "the phone does not answer")
			return nil
		}
	}

	here, err := whatsmeow.DecryptMediaRetryNotification(ask("HERE"), phoneKey)
	require.NoError(t, err)
	require.Equal(t, waMmsRetry.MediaRetryNotification_SUCCESS, here.GetResult())
	require.Equal(t, "/v/new", here.GetDirectPath())
	require.Equal(t, "HERE", here.GetStanzaID())

	gone, err := whatsmeow.DecryptMediaRetryNotification(ask("GONE"), phoneKey)
	require.NoError(t, err)
	require.Equal(t, waMmsRetry.MediaRetryNotification_NOT_FOUND, gone.GetResult())

	require.Equal(t, &events.MediaRetryError{Code: 3}, ask("OTHER").Error, "not under that media key")
	require.Equal(t, &events.MediaRetryError{Code: 2}, ask("UNKNOWN").Error)
}

func TestPhoneAnswersWrongly(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	cli := newClient(t, srv)
	answers := eventsOf[*events.MediaRetry](t, cli)
	wrong := make(chan wamediaxtest.PhoneAnswer, 1)
	srv.SetPhone(func(req *wamediaxtest.PhoneRequest) {
		if err := req.Answer(<-wrong); err != nil {
			t.Error(err)
		}
	})
	ask := func(answer wamediaxtest.PhoneAnswer) *events.MediaRetry {
		wrong <- answer
		err := cli.SendMediaRetryReceipt(t.Context(), &types.MessageInfo{
			ID:            "ID",
			MessageSource: types.MessageSource{Chat: phoneGroup, Sender: phoneChat, IsGroup: true},
		}, phoneKey)
		require.NoError(t, err)
		return <-answers
	}

	evt := ask(wamediaxtest.PhoneAnswer{Error: 2, Chat: phoneChat, NoParticipant: true, MessageID: "ELSE"})
	require.Equal(t, phoneChat, evt.ChatID)
	require.Empty(t, evt.SenderID)
	require.Equal(t, "ELSE", evt.MessageID)
	require.Nil(t, evt.Ciphertext)

	evt = ask(wamediaxtest.PhoneAnswer{MediaKey: phoneKey, StanzaID: "ELSE", Participant: cli.Store.GetJID().ToNonAD()})
	require.Equal(t, cli.Store.GetJID().ToNonAD(), evt.SenderID)
	notification, err := whatsmeow.DecryptMediaRetryNotification(evt, phoneKey)
	require.NoError(t, err)
	require.Equal(t, "ELSE", notification.GetStanzaID())

	evt = ask(wamediaxtest.PhoneAnswer{MediaKey: phoneKey, Payload: func(p []byte) []byte { return p[:len(p)-1] }})
	_, err = whatsmeow.DecryptMediaRetryNotification(evt, phoneKey)
	require.ErrorContains(t, err, "unmarshal")

	evt = ask(wamediaxtest.PhoneAnswer{MediaKey: phoneKey, Encrypted: func(c, iv []byte) ([]byte, []byte) { return c[1:], iv }})
	_, err = whatsmeow.DecryptMediaRetryNotification(evt, phoneKey)
	require.ErrorContains(t, err, "decrypt")
}

func TestSendReachesWhoIsAddressed(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	first := newClient(t, srv)
	phone := first.Store.GetJID().ToNonAD()
	companion := phone
	companion.Device = 7
	second := newClient(t, srv, wamediaxtest.WithJID(companion))
	firstHears, secondHears := eventsOf[*events.ChatPresence](t, first), eventsOf[*events.ChatPresence](t, second)
	typing := waBinary.Node{
		Tag:     "chatstate",
		Attrs:   waBinary.Attrs{"from": phoneChat},
		Content: []waBinary.Node{{Tag: "composing"}},
	}

	require.NoError(t, srv.Send(phone, typing))
	<-firstHears
	<-secondHears
	require.NoError(t, srv.Send(first.Store.GetLID().ToNonAD(), typing))
	<-firstHears
	<-secondHears
	require.NoError(t, srv.Send(companion, typing))
	<-secondHears
	require.Empty(t, firstHears)
	require.Error(t, srv.Send(phoneChat, typing), "nobody has that number")
}

// A phone that still waits for something when the server closes is told so by its context.
func TestPhoneEndsWithTheServer(t *testing.T) {
	t.Parallel()
	srv := wamediaxtest.NewServer()
	cli := newClient(t, srv)
	asked, ended := make(chan struct{}), make(chan error, 1)
	srv.SetPhone(func(req *wamediaxtest.PhoneRequest) {
		close(asked)
		<-req.Context().Done()
		ended <- req.Context().Err()
	})
	require.NoError(t, cli.SendMediaRetryReceipt(t.Context(), &types.MessageInfo{
		ID: "ID", MessageSource: types.MessageSource{Chat: phoneChat},
	}, phoneKey))
	<-asked
	srv.Close()
	require.Error(t, <-ended)
}
