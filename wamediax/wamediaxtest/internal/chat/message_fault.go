package chat

import (
	"fmt"
	"slices"

	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/types"

	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest/internal/account"
)

// MessageFault implements MessageFault of wamediaxtest.
type MessageFault struct {
	To    types.JID
	Skip  int
	Times int
	Do    MessageEffect
}

// MessageEffect is what a fault does to a message. The zero value does nothing.
type MessageEffect struct {
	refuse  int             // the code to refuse it with; 0 means that it is accepted
	lose    bool            // it never arrives
	loseAck bool            // it is delivered, but not acknowledged
	waits   bool            // it is acknowledged when after is closed
	after   <-chan struct{} // nil means never
}

// RefuseMessage implements RefuseMessage of wamediaxtest.
func RefuseMessage(code int) MessageEffect { return MessageEffect{refuse: code} }

// LoseMessage implements LoseMessage of wamediaxtest.
func LoseMessage() MessageEffect { return MessageEffect{lose: true} }

// LoseAck implements LoseAck of wamediaxtest.
func LoseAck() MessageEffect { return MessageEffect{loseAck: true} }

// AckAfter implements AckAfter of wamediaxtest.
func AckAfter(c <-chan struct{}) MessageEffect { return MessageEffect{waits: true, after: c} }

// InjectMessageFault implements Server.InjectMessageFault of wamediaxtest.
func (s *Service) InjectMessageFault(f MessageFault) {
	if f.Times == 0 {
		f.Times = 1
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.messageFaults = append(s.messageFaults, &f)
}

// ClearMessageFaults removes all faults of messages.
func (s *Service) ClearMessageFaults() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.messageFaults = nil
}

// nextEffect returns the effect on the next message to a chat: that of the first injected fault
// that matches the chat and has nothing left to skip.
func (s *Service) nextEffect(to types.JID) MessageEffect {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, f := range s.messageFaults {
		switch {
		case !f.To.IsEmpty() && !s.Accounts.SameChat(f.To, to):
		case f.Skip > 0:
			f.Skip--
		default:
			if f.Times--; f.Times == 0 {
				s.messageFaults = slices.Delete(s.messageFaults, i, i+1)
			}
			return f.Do
		}
	}
	return MessageEffect{}
}

// apply delivers, records and answers a message, as far as the effect allows.
func (c *session) apply(e MessageEffect, m *Message, node *waBinary.Node) {
	s := c.server
	verdict := account.Verdict{At: m.Arrived}
	switch {
	case e.lose:
	case e.refuse != 0:
		verdict.Error = e.refuse
	case c.device != nil:
		verdict = s.judge(c.device, node, m.Arrived)
	}
	s.changeMessages(func() {
		m.ServerID, m.Error, m.Duplicate, m.Lost = verdict.ServerID, verdict.Error, verdict.Duplicate, e.lose
		s.messages = append(s.messages, m)
	})
	if e.lose || e.loseAck {
		return
	}
	if !e.waits {
		c.acknowledgeMessage(m, node, verdict)
		return
	}
	release := s.hold(func() string { return fmt.Sprintf("the ack of message %s to %s, which is held back", m.ID, c.jid) })
	if release == nil {
		return
	}
	go func() {
		defer release()
		select {
		case <-e.after:
			c.acknowledgeMessage(m, node, verdict)
		case <-s.closing.Done():
		case <-c.ctx.Done():
		}
	}()
}

// hold makes Close wait, and returns nil if the service has closed. The caller must call release
// afterwards.
func (s *Service) hold(name func() string) (release func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	return s.held.Begin(name)
}
