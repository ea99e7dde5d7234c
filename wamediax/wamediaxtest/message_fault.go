package wamediaxtest

import (
	"go.mau.fi/whatsmeow/types"

	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest/internal/chat"
)

// MessageFault makes the server misbehave on some of the messages that clients send.
type MessageFault struct {
	// the affected chat, a person by phone number or LID; empty means every chat
	To    types.JID
	Skip  int           // how many messages are handled normally first
	Times int           // how many are affected then; 0: one, negative: all until ClearFaults
	Do    MessageEffect // what happens to them
}

// MessageEffect is what a [MessageFault] does to a message: [RefuseMessage], [LoseMessage],
// [LoseAck] or [AckAfter]. The zero value does nothing.
type MessageEffect = chat.MessageEffect

// RefuseMessage answers a message with an error code, such as 479, and does not deliver it.
// SendMessage returns whatsmeow.ErrServerReturnedError with the code. If the client sends the
// message again with the same ID, it is a new message.
func RefuseMessage(code int) MessageEffect {
	return chat.RefuseMessage(code)
}

// LoseMessage neither delivers nor answers a message. SendMessage waits until its context ends or
// SendRequestExtra.Timeout has passed. If the client sends the message again with the same ID, it
// is a new message.
func LoseMessage() MessageEffect {
	return chat.LoseMessage()
}

// LoseAck delivers a message but does not answer it. SendMessage waits until its context ends or
// SendRequestExtra.Timeout has passed. If the client sends the message again with the same ID, it
// is a duplicate: the server answers with the time of the first one, and delivers it only to
// devices that have not got it.
func LoseAck() MessageEffect {
	return chat.LoseAck()
}

// AckAfter delivers a message and answers it when c is closed; if c is nil, never. If the sender's
// socket ends first, there is no answer. If the client sends the message again with the same ID,
// the server answers that duplicate at once.
func AckAfter(c <-chan struct{}) MessageEffect {
	return chat.AckAfter(c)
}

// InjectMessageFault adds a fault for the next messages that clients send. Faults form a queue, as
// with [Server.Inject].
func (s *Server) InjectMessageFault(f MessageFault) {
	s.chat.InjectMessageFault(chat.MessageFault(f))
}
