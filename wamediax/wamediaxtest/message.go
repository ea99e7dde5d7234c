package wamediaxtest

import (
	"context"
	"time"

	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/types"

	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest/internal/chat"
)

// Message is a message that a client has sent, as the server saw it. The server cannot read what a
// message says, except in newsletters.
type Message struct {
	ID   types.MessageID
	From types.JID // the sending device, by its phone number
	// To is the chat: a group, a newsletter, types.StatusBroadcastJID, or a person, whom whatsmeow
	// names by their LID.
	To types.JID
	// Type is "text", "media", "reaction" or "poll".
	Type string
	// MediaType is what phones are told beside the ciphertext: "image", "video", "gif", "audio",
	// "ptt", "document", "sticker", "url" and the like. Empty: nothing.
	MediaType string
	Edit      types.EditAttribute // how it changes another message; empty: it does not
	// MediaHandle is SendRequestExtra.MediaHandle, which newsletters want with media. See
	// [Server.NewsletterObject] for the upload that it belongs to.
	MediaHandle string
	// Recipients are the devices that the message, or in a group the sender's key, is encrypted for.
	Recipients []types.JID
	Arrived    time.Time // when the server had read it

	ServerID  types.MessageServerID // that the server gave it, in a newsletter
	Error     int                   // with which it was refused, as in [RefuseMessage]; 0: it was not
	Duplicate bool                  // the server had accepted it before: the client sent it again
	Retry     bool                  // the sender encrypted it again for one device, which could not decrypt it
	Lost      bool                  // by [LoseMessage]
	Acked     bool                  // the sender was answered, if only with an error

	Node waBinary.Node // the whole stanza; do not modify it
}

// Messages returns every message that clients have sent, in the order in which they came, including
// those that were refused or lost.
func (s *Server) Messages() []Message {
	return exportMessages(s.chat.Messages())
}

// WaitForMessages returns nil as soon as ready says true of the messages so far, and an error that
// wraps the cause of ctx's end if that comes first. It looks again whenever a message comes or is
// answered. ready gets what [Server.Messages] returns.
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
