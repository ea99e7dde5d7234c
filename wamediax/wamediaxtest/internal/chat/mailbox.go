package chat

import (
	"time"

	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/types"
)

// doubt is how long a client that is back may take to say that it has what was sent over its last
// socket, before that is sent again. whatsmeow goes on with it while it connects. It drops a
// message that comes twice only if it has finished with the first one.
const doubt = 300 * time.Millisecond

// Wake says that there may be something in the mailbox.
func (c *session) Wake() {
	select {
	case c.mail <- struct{}{}:
	default:
	}
}

// openMailbox sends what the server holds for the client, says that this was all, and has what
// comes from now on brought to the client as it comes. If some of it may have come before, all of
// that happens a little later, beside the login.
func (c *session) openMailbox() {
	if c.device == nil {
		c.send(offline(0))
		return
	}
	accounts := c.server.Accounts
	first, count, doubtful := accounts.TakeOver(c.device, c)
	if accounts.Unlinked(c.device) { // just now
		_ = c.end(deviceRemoved())
		return
	}
	switch {
	case !first:
		c.send(offline(0))
	case doubtful:
		c.mailman.Go(func() {
			c.waitForDoubtful()
			if c.ctx.Err() != nil {
				return // the next socket's doubts are its own
			}
			c.sendHeld(accounts.EndDoubt(c.device, c))
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
	for c.server.Accounts.InDoubt(c.device, c) {
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

// sendMail sends what is in the mailbox and has not gone out over this socket. What cannot be sent
// waits for the next one.
func (c *session) sendMail() {
	for {
		node, ok := c.server.Accounts.NextMail(c.device, c)
		if !ok || c.send(node) != nil {
			return
		}
	}
}

// takeAck drops what the client says it has. Messages that it cannot use it acknowledges as well,
// instead of a receipt.
func (c *session) takeAck(node *waBinary.Node) {
	class, _ := node.Attrs["class"].(string)
	c.settle(class, node)
}

func (c *session) settle(tag string, answer *waBinary.Node) {
	if c.device == nil {
		return
	}
	c.server.Accounts.Settle(c.device, tag, answer.Attrs)
}
