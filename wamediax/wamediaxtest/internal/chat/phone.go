package chat

import (
	"context"
	"fmt"

	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/types"
)

// Phone handles a receipt that asks a phone to upload media again. It runs in its own goroutine.
type Phone func(*Receipt)

// Receipt is a client's receipt that asks its phone to upload media again.
type Receipt struct {
	Client types.JID     // the device that asks
	Node   waBinary.Node // the whole receipt

	session *session
}

// Context is done when the service stops.
func (r *Receipt) Context() context.Context {
	return r.session.server.closing
}

// Reply sends a stanza to the device that asked: over the socket of the receipt, or over the
// device's current socket if that one has ended.
func (r *Receipt) Reply(node waBinary.Node) error {
	if r.session.ctx.Err() == nil && r.session.send(node) == nil {
		return nil
	}
	return r.session.server.Send(r.Client, node)
}

// SetPhone sets how phones handle later receipts. Nil means that they never answer.
func (s *Service) SetPhone(phone Phone) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.phone = phone
}

// askPhone passes a receipt to the phone.
func (c *session) askPhone(node *waBinary.Node) {
	if _, ok := node.GetOptionalChildByTag("rmr"); !ok && node.Attrs["category"] != "peer" {
		return
	}
	id := node.Attrs["id"]
	phone, release := c.server.startPhone(func() string { return fmt.Sprintf("the phone of %s, asked for message %v", c.jid, id) })
	if phone == nil {
		return
	}
	go func() {
		defer release()
		phone(&Receipt{Client: c.jid, Node: *node, session: c})
	}()
}

// startPhone returns the phone to call, or nil. The caller must call release when the phone has
// returned.
func (s *Service) startPhone(name func() string) (phone Phone, release func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.phone == nil || s.closed {
		return nil, nil
	}
	return s.phone, s.held.Begin(name)
}
