package wamediaxtest

import (
	"context"

	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/proto/waMmsRetry"
	"go.mau.fi/whatsmeow/types"

	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest/internal/chat"
)

// Phone handles the requests of clients that ask their phone to upload media again. The server
// calls it for each request in a new goroutine. It may block, but should return when
// [PhoneRequest.Context] is done. It may call [PhoneRequest.Answer] once, several times or not at
// all.
type Phone func(*PhoneRequest)

// SetPhone sets how the phones of all accounts handle later requests. Nil, the default, means that
// the phones are offline and do not answer.
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

// PhoneMedia is the media of a message, as the phone knows it.
type PhoneMedia struct {
	// MediaKey is the message's media key of 32 bytes.
	MediaKey []byte
	// DirectPath is the path of the new upload. Empty means that the phone no longer has the media.
	DirectPath string
}

// PhoneWith returns a phone that works correctly and has these messages. It answers a request for
// media that it has with the path, and one for media that it no longer has with "not found". A
// message that it never had gets a bare "not found" error, and a request under a wrong media key a
// bare "decryption error". Do not modify the map afterwards.
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

// PhoneRequest is a client's receipt that asks its phone to upload media again.
type PhoneRequest struct {
	MessageID   types.MessageID
	Chat        types.JID
	Participant types.JID // empty if the receipt names none
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
