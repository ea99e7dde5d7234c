package chat

import (
	"context"
	"fmt"

	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/types"
)

// Phone takes a receipt by which a client asks its phone for media. It is called in a goroutine of
// its own.
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

// Reply sends a stanza to the device that asked: over the socket that the receipt came by, or if
// that is gone, over the one that the device has now.
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
	if _, ok := node.GetOptionalChildByTag("rmr"); !ok && node.Attrs["category"] != "peer" {
		return
	}
	id := node.Attrs["id"]
	phone, hangUp := c.server.startPhone(func() string { return fmt.Sprintf("the phone of %s, asked for message %v", c.jid, id) })
	if phone == nil {
		return
	}
	go func() {
		defer hangUp()
		phone(&Receipt{Client: c.jid, Node: *node, session: c})
	}()
}

// startPhone returns the phone, if one is to be called. The caller must call hangUp when it has
// returned.
func (s *Service) startPhone(name func() string) (phone Phone, hangUp func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.phone == nil || s.closed {
		return nil, nil
	}
	return s.phone, s.held.Begin(name)
}
