package wamediaxtest_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"
	"google.golang.org/protobuf/proto"
)

func TestMessageToAnotherAccountIsEncryptedForItsDevices(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	sender, receiver := newClient(t, srv), newClient(t, srv)
	to := receiver.Store.GetJID().ToNonAD()
	// whatsmeow would ask for a privacy token behind the message's back; a query that Close cuts
	// off lives on for 5 s.
	//lint:ignore SA1019 there is no other way to say that there is one
	sender.DangerousInternals().SetTCTokenSenderTS(receiver.Store.GetLID().ToNonAD(), time.Now())
	for range 2 { // with a new session, and with one that is there
		_, err := sender.SendMessage(t.Context(), to, &waE2E.Message{Conversation: proto.String("hello")})
		require.NoError(t, err)
	}
	var messages []waBinary.Node
	for _, node := range srv.Nodes() {
		if node.Tag == "message" {
			messages = append(messages, node)
		}
	}
	require.Len(t, messages, 2)
	participants := messages[0].GetChildByTag("participants")
	require.Len(t, participants.GetChildren(), 1)
	device := participants.GetChildren()[0]
	require.Equal(t, receiver.Store.GetLID(), device.Attrs["jid"])
	require.Equal(t, "pkmsg", device.GetChildByTag("enc").Attrs["type"])

	_, err := sender.SendMessage(t.Context(), types.NewJID("15550000000", types.DefaultUserServer), &waE2E.Message{Conversation: proto.String("hello")})
	require.Error(t, err, "nobody has that number")
}
