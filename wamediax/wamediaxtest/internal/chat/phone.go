package chat

import (
	"context"

	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/types"
)

// Phone takes a receipt by which a client asks its phone for media. It is called in a goroutine of its own.
type Phone func(*Receipt)

// Receipt is one of those.
type Receipt struct {
	Client types.JID     // the device that asks
	Node   waBinary.Node // the whole receipt

	session *session
}

// Context is done when the service stops.
func (r *Receipt) Context() context.Context {
	return r.session.server.closing
}

// Reply sends a stanza to the device that asked: over the socket that the receipt came by, or if that is gone, over the one
// that the device has now.
func (r *Receipt) Reply(node waBinary.Node) error {
	if r.session.ctx.Err() == nil && r.session.send(node) == nil {
		return nil
	}
	return r.session.server.Send(r.Client, node)
}

// SetPhone sets what phones do from now on. Nil: they never answer.
func (s *Service) SetPhone(phone Phone) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.phone = phone
}

// askPhone takes a receipt that asks for media again to the phone.
func (c *session) askPhone(node *waBinary.Node) {
	if _, ok := node.GetOptionalChildByTag("rmr"); !ok {
		return
	}
	phone := c.server.startPhone()
	if phone == nil {
		return
	}
	go func() {
		defer c.server.held.Done()
		phone(&Receipt{Client: c.jid, Node: *node, session: c})
	}()
}

// startPhone returns the phone, if one is to be called, and counts it in s.held.
func (s *Service) startPhone() Phone {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.phone == nil || s.closed {
		return nil
	}
	s.held.Add(1)
	return s.phone
}
