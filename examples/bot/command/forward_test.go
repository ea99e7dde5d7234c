package command

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"
	"google.golang.org/protobuf/proto"

	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

// quotes sends a command as a reply to a quoted message.
func (p *person) quotes(command string, id types.MessageID, quoted *waE2E.Message) {
	p.send(&waE2E.Message{ExtendedTextMessage: &waE2E.ExtendedTextMessage{Text: proto.String(command), ContextInfo: &waE2E.ContextInfo{
		StanzaID: &id, Participant: proto.String(annPhone.String()), QuotedMessage: quoted,
	}}})
}

func TestMediaIsForwardedWithoutATransfer(t *testing.T) {
	s := newStage(t)
	s.start(func(cfg *Config) { cfg.Allow[bobPhone.User] = true })
	doc := s.ann.document("report.txt", []byte("what Ann sends"))
	id := s.ann.send(doc)
	before := s.srv.Received()

	s.ann.quotes("!forward", id, doc)
	got := s.ann.hears().Message.GetDocumentMessage()
	require.Equal(t, "report.txt", got.GetFileName())
	require.True(t, got.GetContextInfo().GetIsForwarded())
	require.Equal(t, before, s.srv.Received(), "nothing was uploaded")

	require.Equal(t, "Forwarded to +"+bobPhone.User+".", s.ann.replies("!forward +"+bobPhone.User, id, annPhone, doc))
	data, err := s.bob.Download(t.Context(), s.bob.hears().Message.GetDocumentMessage())
	require.NoError(t, err)
	require.Equal(t, "what Ann sends", string(data))

	object, _ := s.srv.Object(doc.DocumentMessage.GetDirectPath())
	s.srv.Forget(doc.DocumentMessage.GetDirectPath(), 410)
	s.srv.SetPhone(wamediaxtest.PhoneWith(map[types.MessageID]wamediaxtest.PhoneMedia{
		id: {MediaKey: doc.DocumentMessage.GetMediaKey(), DirectPath: s.srv.Put("document", object.Data)}}))
	s.ann.quotes("!forward", id, doc)
	data, err = s.ann.Download(t.Context(), s.ann.hears().Message.GetDocumentMessage())
	require.NoError(t, err, "the phone uploaded it again")
	require.Equal(t, "what Ann sends", string(data))
}

func TestForwardingIsBounded(t *testing.T) {
	s := newStage(t)
	s.start()
	doc := s.ann.document("report.txt", []byte("what Ann sends"))
	id := s.ann.send(doc)
	require.Equal(t, "The bot forwards only to this chat and to numbers that may use it.",
		s.ann.replies("!forward "+bobPhone.User, id, annPhone, doc))
	require.Equal(t, "That is not an international phone number, such as 15551234567.", s.ann.replies("!forward bob", id, annPhone, doc))
	require.Equal(t, "Send !forward as a reply to a message with media.", s.ann.asks("!forward"))
	require.Empty(t, s.bob.got)
}
