package wamediaxtest

import (
	"bytes"
	"slices"
	"time"

	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/types"
)

// mailbox holds what is on its way to a device, in order, until the device's client has said that it has it. What was sent
// over a socket that broke before that is sent again over the next one: a message may come to whatsmeow twice, which drops
// the second, but it cannot get lost. The server's lock guards it.
type mailbox struct {
	held     []waBinary.Node
	sent     int      // how many of them have gone out over live
	doubtful int      // how many of them have gone out over an earlier socket, and are not sent again for now
	live     *session // the socket that the device has; nil: none
}

// doubt is how long a client that is back may take to say that it has what was sent over its last socket, before that is
// sent again. whatsmeow goes on with it while it connects. It drops a message that comes twice only if it has finished with
// the first one.
const doubt = 300 * time.Millisecond

// put adds a stanza. Its id and from are what the client will name when it has it.
func (m *mailbox) put(node waBinary.Node) {
	m.held = append(m.held, node)
	if m.live != nil {
		m.live.wake()
	}
}

// settle drops the first stanza of that kind, id and sender.
func (m *mailbox) settle(tag string, id, from any) {
	i := slices.IndexFunc(m.held, func(node waBinary.Node) bool {
		return node.Tag == tag && node.Attrs["id"] == id && node.Attrs["from"] == from
	})
	if i < 0 {
		return
	}
	m.held = slices.Delete(m.held, i, i+1)
	if i < m.sent {
		m.sent--
	}
	if i < m.doubtful {
		m.doubtful--
		if m.doubtful == 0 && m.live != nil {
			m.live.wake()
		}
	}
}

// holds reports whether a message is there already: its sender has sent it twice, for want of an acknowledgement.
func (m *mailbox) holds(message waBinary.Node) bool {
	return slices.ContainsFunc(m.held, func(node waBinary.Node) bool {
		return node.Tag == message.Tag && node.Attrs["id"] == message.Attrs["id"] &&
			node.Attrs["from"] == message.Attrs["from"] && bytes.Equal(ciphertextOf(node), ciphertextOf(message))
	})
}

func ciphertextOf(message waBinary.Node) []byte {
	data, _ := message.GetChildByTag("enc").Content.([]byte)
	return data
}

func (c *session) wake() {
	select {
	case c.mail <- struct{}{}:
	default:
	}
}

// openMailbox sends what the server holds for the client, says that this was all, and has what comes from now on brought to
// the client as it comes. If some of it may have come before, all of that happens a little later, beside the login.
func (c *session) openMailbox() {
	first, count, doubtful := c.server.takeOver(c)
	if c.device != nil && c.server.isUnlinked(c.device) { // just now
		_ = c.end(deviceRemoved())
		return
	}
	switch {
	case !first:
		c.send(offline(0))
	case doubtful:
		c.mailman.Go(func() {
			c.waitForDoubtful()
			c.sendHeld(c.server.endDoubt(c))
			c.bringMail()
		})
	default:
		c.sendHeld(count)
		c.mailman.Go(c.bringMail)
	}
}

func (c *session) waitForDoubtful() {
	timer := time.NewTimer(doubt)
	defer timer.Stop()
	for c.server.inDoubt(c) {
		select {
		case <-c.mail:
		case <-timer.C:
			return
		case <-c.ctx.Done():
			return
		}
	}
}

// sendHeld sends what has come while the client was away, and how much it was.
func (c *session) sendHeld(count int) {
	if count > 0 {
		c.send(serverInfo(waBinary.Node{Tag: "offline_preview", Attrs: waBinary.Attrs{
			"count": count, "message": count, "appdata": 0, "notification": 0, "receipt": 0,
		}}))
	}
	c.sendMail()
	c.send(offline(count))
}

func offline(count int) waBinary.Node {
	return serverInfo(waBinary.Node{Tag: "offline", Attrs: waBinary.Attrs{"count": count}})
}

func serverInfo(content waBinary.Node) waBinary.Node {
	return waBinary.Node{Tag: "ib", Attrs: waBinary.Attrs{"from": types.ServerJID}, Content: []waBinary.Node{content}}
}

func (c *session) bringMail() {
	for {
		select {
		case <-c.mail:
			c.sendMail()
		case <-c.ctx.Done():
			return
		}
	}
}

// sendMail sends what is in the mailbox and has not gone out over this socket. What cannot be sent waits for the next one.
func (c *session) sendMail() {
	for {
		node, ok := c.server.nextMail(c)
		if !ok || c.send(node) != nil {
			return
		}
	}
}

// takeOver makes c the socket that its device's mail goes to. It reports whether c was not that before, how much is held, and
// whether the client may have some of it already.
func (s *Server) takeOver(c *session) (first bool, count int, doubtful bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.device == nil || c.device.live == c {
		return false, 0, false
	}
	m := &c.device.mailbox
	m.live, m.sent, m.doubtful = c, 0, max(m.doubtful, m.sent)
	return true, len(m.held), m.doubtful > 0
}

func (s *Server) inDoubt(c *session) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return c.device.live == c && c.device.doubtful > 0
}

// endDoubt lets everything be sent that is held, and returns how much it is.
func (s *Server) endDoubt(c *session) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.device.live != c || c.ctx.Err() != nil {
		return 0 // the next socket's doubts are its own
	}
	c.device.doubtful = 0
	return len(c.device.held)
}

func (s *Server) nextMail(c *session) (waBinary.Node, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.device == nil || c.device.live != c || c.device.doubtful > 0 || c.device.sent == len(c.device.held) {
		return waBinary.Node{}, false
	}
	c.device.sent++
	return c.device.held[c.device.sent-1], true
}

// takeAck drops what the client says it has. Messages that it cannot use it acknowledges as well, instead of a receipt.
func (c *session) takeAck(node *waBinary.Node) {
	class, _ := node.Attrs["class"].(string)
	c.settle(class, node)
}

func (c *session) settle(tag string, answer *waBinary.Node) {
	if c.device == nil {
		return
	}
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	c.device.settle(tag, answer.Attrs["id"], answer.Attrs["to"])
}
