package retry

import (
	"context"

	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"
)

// message identifies a message independently of how its chat and sender are addressed. It is
// comparable.
type message struct {
	id     types.MessageID
	chat   types.JID
	fromMe bool
	sender types.JID // only in chats with participants; empty: the answer does not name the sender

	history bool // about a blob of chat history; chat and sender are ignored
}

// message returns the identity of the message in a request.
func (a addressBook) message(ctx context.Context, req Request) (message, error) {
	return a.identify(ctx, req.MessageID, req.Chat, req.Participant, req.FromMe)
}

// answered returns the identity of the message in an answer.
func (a addressBook) answered(ctx context.Context, evt *events.MediaRetry) (message, error) {
	return a.identify(ctx, evt.MessageID, evt.ChatID, evt.SenderID, evt.FromMe)
}

func (a addressBook) identify(ctx context.Context, id types.MessageID, chat, participant types.JID, fromMe bool) (message, error) {
	msg := message{id: id, fromMe: fromMe}
	var err error
	if msg.chat, err = a.same(ctx, chat); err != nil || !hasParticipants(msg.chat) {
		return msg, err
	}
	if participant.IsEmpty() && fromMe {
		participant = a.cli.Store.GetJID()
	}
	if participant.IsEmpty() {
		return msg, nil
	}
	msg.sender, err = a.same(ctx, participant)
	msg.fromMe = msg.sender == plain(a.cli.Store.GetJID())
	return msg, err
}

// matches reports whether an answer about other is about msg. If the answer names no sender, it
// compares the rest.
func (msg message) matches(other message) bool {
	if msg.history {
		return msg.id == other.id
	}
	if other.sender.IsEmpty() {
		msg.sender = types.EmptyJID
	}
	return msg == other
}
