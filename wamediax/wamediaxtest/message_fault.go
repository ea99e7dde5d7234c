package wamediaxtest

import (
	"go.mau.fi/whatsmeow/types"

	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest/internal/chat"
)

// MessageFault makes the server mishandle some of the messages that clients send.
type MessageFault struct {
	To    types.JID     // the chat, a person by phone number or LID; empty: every chat
	Skip  int           // how many messages pass unharmed first
	Times int           // how many it strikes then; 0 means 1, a negative number: all until ClearFaults
	Do    MessageEffect // what happens to them
}

// MessageEffect is what a [MessageFault] does to a message: [RefuseMessage], [LoseMessage],
// [LoseAck] or [AckAfter]. The zero value does nothing.
type MessageEffect = chat.MessageEffect

// RefuseMessage delivers a message to nobody and answers with an error, such as 479. SendMessage
// returns whatsmeow.ErrServerReturnedError with that number. The same message sent again, by its ID,
// is a new one.
func RefuseMessage(code int) MessageEffect {
	return chat.RefuseMessage(code)
}

// LoseMessage takes a message, delivers it to nobody and never answers. SendMessage waits until its
// context ends or SendRequestExtra.Timeout has passed. The same message sent again, by its ID, is
// a new one.
func LoseMessage() MessageEffect {
	return chat.LoseMessage()
}

// LoseAck delivers a message, but never answers. SendMessage waits until its context ends or
// SendRequestExtra.Timeout has passed. The same message sent again, by its ID, is a duplicate: it
// is acknowledged with the time of the first one and delivered to no device that has it.
func LoseAck() MessageEffect {
	return chat.LoseAck()
}

// AckAfter delivers a message, but answers only once c is closed; never, if c is nil. If the sender's
// socket ends before that, there is no answer. The same message sent again, by its ID, is answered
// at once, as a duplicate.
func AckAfter(c <-chan struct{}) MessageEffect {
	return chat.AckAfter(c)
}

// InjectMessageFault makes the server mishandle the next messages that the fault is for. Several
// faults queue, as with [Server.Inject].
func (s *Server) InjectMessageFault(f MessageFault) {
	s.chat.InjectMessageFault(chat.MessageFault(f))
}
