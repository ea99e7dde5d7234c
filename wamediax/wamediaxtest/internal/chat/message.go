package chat

import (
	"context"
	"fmt"
	"slices"
	"time"

	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/types"

	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest/internal/account"
)

// Message implements Message of wamediaxtest.
type Message struct {
	ID          types.MessageID
	From        types.JID
	To          types.JID
	Type        string
	MediaType   string
	Edit        types.EditAttribute
	MediaHandle string
	Recipients  []types.JID
	Arrived     time.Time

	ServerID  types.MessageServerID
	Error     int
	Duplicate bool
	Retry     bool
	Lost      bool
	Acked     bool

	Node waBinary.Node
}

// readMessage reads the attributes of a message. Attributes that are missing or of another type
// stay empty.
func readMessage(from types.JID, node *waBinary.Node, at time.Time) *Message {
	attrs := node.AttrGetter()
	m := &Message{
		ID:          attrs.OptionalString("id"),
		From:        from,
		To:          attrs.OptionalJIDOrEmpty("to"),
		Type:        attrs.OptionalString("type"),
		Edit:        types.EditAttribute(attrs.OptionalString("edit")),
		MediaHandle: attrs.OptionalString("media_id"),
		Arrived:     at,
		Retry:       account.IsRetry(node),
		Node:        *node,
	}
	participants := node.GetChildByTag("participants")
	parts := slices.Clone(node.GetChildren())
	for _, participant := range participants.GetChildrenByTag("to") {
		if jid := participant.AttrGetter().OptionalJIDOrEmpty("jid"); !jid.IsEmpty() {
			m.Recipients = append(m.Recipients, jid)
		}
		parts = append(parts, participant.GetChildren()...)
	}
	for _, part := range parts {
		if kind := part.AttrGetter().OptionalString("mediatype"); part.Tag == "enc" || part.Tag == "plaintext" {
			m.MediaType = max(m.MediaType, kind) // the same in all parts that have one
		}
	}
	return m
}

// Messages implements Server.Messages of wamediaxtest.
func (s *Service) Messages() []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	messages := make([]Message, len(s.messages))
	for i, m := range s.messages {
		messages[i] = *m
	}
	return messages
}

// WaitForMessages implements Server.WaitForMessages of wamediaxtest.
func (s *Service) WaitForMessages(ctx context.Context, ready func([]Message) bool) error {
	for {
		s.mu.Lock()
		changed := s.messagesChanged
		s.mu.Unlock()
		messages := s.Messages()
		if ready(messages) {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("still waiting after %d messages: %w", len(messages), context.Cause(ctx))
		}
	}
}

// changeMessages changes the recorded messages, and wakes the callers of WaitForMessages.
func (s *Service) changeMessages(change func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change()
	close(s.messagesChanged)
	s.messagesChanged = make(chan struct{})
}
