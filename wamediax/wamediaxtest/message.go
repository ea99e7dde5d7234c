package wamediaxtest

import (
	"context"
	"time"

	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/types"

	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest/internal/chat"
)

// Message is a message that a client has sent, as the server saw it. Except in newsletters, the
// server cannot read its content.
type Message struct {
	ID   types.MessageID
	From types.JID // the sending device, by its phone number
	// To is the chat: a group, a newsletter, types.StatusBroadcastJID, or a person, whom whatsmeow
	// names by their LID.
	To types.JID
	// Type is "text", "media", "reaction" or "poll".
	Type string
	// MediaType is the mediatype attribute beside the ciphertext, such as "image", "video", "gif",
	// "audio", "ptt", "document", "sticker" or "url". Empty if there is none.
	MediaType string
	Edit      types.EditAttribute // how it changes another message; empty if it does not
	// MediaHandle is the SendRequestExtra.MediaHandle of a newsletter's media. Pass it to
	// [Server.NewsletterObject] to get the upload.
	MediaHandle string
	// Recipients are the devices that the sender encrypted the message for. In a group or a status,
	// the sender encrypts its sender key for them, and the message for everybody.
	Recipients []types.JID
	Arrived    time.Time // when the server had read it

	ServerID  types.MessageServerID // the number that the server assigned in a newsletter
	Error     int                   // the code that refused it; 0 if it was accepted
	Duplicate bool                  // the device had sent it before, with the same ID
	Retry     bool                  // another copy for one device that could not decrypt the first
	Lost      bool                  // by [LoseMessage]
	Acked     bool                  // the server has answered, with success or with Error

	Node waBinary.Node // the whole stanza; do not modify it
}

// Messages returns every message that clients have sent, in order of arrival, including those that
// were refused or lost.
func (s *Server) Messages() []Message {
	return exportMessages(s.chat.Messages())
}

// WaitForMessages waits until ready returns true. It calls ready with the result of
// [Server.Messages] now, and whenever a message arrives or is answered. If ctx ends first,
// WaitForMessages returns an error that wraps the cause.
func (s *Server) WaitForMessages(ctx context.Context, ready func([]Message) bool) error {
	return s.chat.WaitForMessages(ctx, func(messages []chat.Message) bool { return ready(exportMessages(messages)) })
}

func exportMessages(noted []chat.Message) []Message {
	messages := make([]Message, len(noted))
	for i, m := range noted {
		messages[i] = Message(m)
	}
	return messages
}
