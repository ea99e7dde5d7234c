package retry

import (
	"context"

	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"
)

// message identifies a message whichever way its chat and its sender are spelled: it is comparable.
type message struct {
	id     types.MessageID
	chat   types.JID
	fromMe bool
	sender types.JID // in chats with participants only; empty: an answer that does not say

	history bool // it brought a blob of chat history: chat and sender do not matter
}

// message returns which message req is about.
func (p people) message(ctx context.Context, req Request) (message, error) {
	return p.identify(ctx, req.MessageID, req.Chat, req.Participant, req.FromMe)
}

// answered returns which message an answer says it is about.
func (p people) answered(ctx context.Context, evt *events.MediaRetry) (message, error) {
	return p.identify(ctx, evt.MessageID, evt.ChatID, evt.SenderID, evt.FromMe)
}

func (p people) identify(ctx context.Context, id types.MessageID, chat, participant types.JID, fromMe bool) (message, error) {
	msg := message{id: id, fromMe: fromMe}
	var err error
	if msg.chat, err = p.same(ctx, chat); err != nil || !hasParticipants(msg.chat) {
		return msg, err
	}
	if participant.IsEmpty() && fromMe {
		participant = p.cli.Store.GetJID()
	}
	if participant.IsEmpty() {
		return msg, nil
	}
	msg.sender, err = p.same(ctx, participant)
	msg.fromMe = msg.sender == plain(p.cli.Store.GetJID())
	return msg, err
}

// matches reports whether an answer about other is about msg. An answer that leaves the sender out is taken at what else it
// says.
func (msg message) matches(other message) bool {
	if msg.history {
		return msg.id == other.id
	}
	if other.sender.IsEmpty() {
		msg.sender = types.EmptyJID
	}
	return msg == other
}
