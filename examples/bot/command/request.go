package command

import (
	"strings"

	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types/events"
	"google.golang.org/protobuf/proto"
)

// request is a received command.
type request struct {
	*events.Message
	args string
}

// parse splits a command: "!send a b.png" is "send" with "a b.png".
func parse(msg *waE2E.Message) (name, args string, ok bool) {
	text := strings.TrimSpace(msg.GetConversation() + msg.GetExtendedTextMessage().GetText())
	text, ok = strings.CutPrefix(text, "!")
	if !ok || text == "" {
		return "", "", false
	}
	name, args = text, ""
	if i := strings.IndexAny(text, " \t\r\n"); i >= 0 {
		name, args = text[:i], strings.TrimSpace(text[i:])
	}
	if name == "" {
		return "", "", false
	}
	return strings.ToLower(name), args, true
}

// quote returns the ContextInfo that makes a message a reply to the command.
func (req *request) quote() *waE2E.ContextInfo {
	return &waE2E.ContextInfo{
		StanzaID:      proto.String(req.Info.ID),
		Participant:   proto.String(req.Info.Sender.ToNonAD().String()),
		QuotedMessage: &waE2E.Message{Conversation: proto.String(req.text())},
	}
}

func (req *request) text() string {
	return req.Message.Message.GetConversation() + req.Message.Message.GetExtendedTextMessage().GetText()
}
