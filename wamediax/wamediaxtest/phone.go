package wamediaxtest

import (
	"context"

	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/proto/waMmsRetry"
	"go.mau.fi/whatsmeow/types"

	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest/internal/chat"
)

// Phone is what the phones of all accounts do when a client asks for media to be uploaded again. It
// is called for every such receipt, each time in a goroutine of its own: it may wait for a channel
// of the test, but should end with [PhoneRequest.Context]. It answers by [PhoneRequest.Answer],
// once, several times, or not at all.
type Phone func(*PhoneRequest)

// SetPhone sets what phones do from now on. Nil, as in the beginning: they are offline and never
// answer.
//
//	srv.SetPhone(func(req *wamediaxtest.PhoneRequest) {
//		<-later
//		_ = req.Answer(wamediaxtest.PhoneAnswer{
//			MediaKey: mediaKey, Result: waMmsRetry.MediaRetryNotification_SUCCESS, DirectPath: "/v/new-path",
//		})
//	})
func (s *Server) SetPhone(phone Phone) {
	if phone == nil {
		s.chat.SetPhone(nil)
		return
	}
	s.chat.SetPhone(func(receipt *chat.Receipt) { phone(newPhoneRequest(receipt)) })
}

// PhoneMedia is a message's media as a phone knows it.
type PhoneMedia struct {
	// MediaKey is the message's media key, of 32 bytes.
	MediaKey []byte
	// DirectPath is where the phone uploads the media to. Empty: it does not have it any more.
	DirectPath string
}

// PhoneWith returns a phone that works as it should: for media that it has it answers success and
// the path, for media that is gone and for messages that it never had "not found", and for a
// receipt that is not under the message's media key "decryption error". The last two it answers as
// a bare error code. The map must not be modified afterwards.
func PhoneWith(messages map[types.MessageID]PhoneMedia) Phone {
	return func(req *PhoneRequest) {
		media, ok := messages[req.MessageID]
		answer := PhoneAnswer{MediaKey: media.MediaKey, DirectPath: media.DirectPath}
		switch {
		case !ok:
			answer.Error = int(waMmsRetry.MediaRetryNotification_NOT_FOUND)
		case req.Open(media.MediaKey) != nil:
			answer.Error = int(waMmsRetry.MediaRetryNotification_DECRYPTION_ERROR)
		case media.DirectPath == "":
			answer.Result = waMmsRetry.MediaRetryNotification_NOT_FOUND
		default:
			answer.Result = waMmsRetry.MediaRetryNotification_SUCCESS
		}
		_ = req.Answer(answer) // a client that is gone will ask again
	}
}

// PhoneRequest is one receipt by which a client asks its phone for media.
type PhoneRequest struct {
	MessageID   types.MessageID
	Chat        types.JID
	Participant types.JID // empty: the receipt names none
	FromMe      bool
	// History: it asks for a blob of chat history, and names neither a chat nor a participant.
	History bool

	Client types.JID     // the device that asks
	Node   waBinary.Node // the whole receipt; do not modify it

	receipt *chat.Receipt
}

// Context is done when the server closes.
func (req *PhoneRequest) Context() context.Context {
	return req.receipt.Context()
}

func newPhoneRequest(receipt *chat.Receipt) *PhoneRequest {
	rmr := receipt.Node.GetChildByTag("rmr")
	attrs := rmr.AttrGetter()
	return &PhoneRequest{
		MessageID:   receipt.Node.AttrGetter().OptionalString("id"),
		Chat:        attrs.OptionalJIDOrEmpty("jid"),
		Participant: attrs.OptionalJIDOrEmpty("participant"),
		FromMe:      attrs.OptionalBool("from_me"),
		History:     receipt.Node.AttrGetter().OptionalString("category") == "peer",
		Client:      receipt.Client,
		Node:        receipt.Node,
		receipt:     receipt,
	}
}
