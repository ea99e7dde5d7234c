package chat

import (
	"time"

	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/types"
)

// receiptGrace is how long the server waits, after a client has reconnected, for receipts of
// messages sent over the previous socket, before it sends them again. whatsmeow still works on
// these messages while it connects, and drops a second copy only after it has finished the first
// one.
const receiptGrace = 300 * time.Millisecond

// Wake reports that there may be something in the mailbox.
func (c *session) Wake() {
	select {
	case c.mail <- struct{}{}:
	default:
	}
}

// openMailbox sends the held messages, ends them with <offline>, and starts to send later ones as
// they come. If the client may already have some of them, this happens in the background, after a
// short wait for their receipts.
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
		c.mailers.Go(func() {
			c.waitForDoubtful()
			if c.ctx.Err() != nil {
				return // the next socket takes over
			}
			c.sendHeld(accounts.EndDoubt(c.device, c))
			c.runMailer()
		})
	default:
		c.sendHeld(count)
		c.mailers.Go(c.runMailer)
	}
}

func (c *session) waitForDoubtful() {
	timer := time.NewTimer(receiptGrace)
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

// sendHeld sends the messages that were held while the client was disconnected, and their number.
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

func (c *session) runMailer() {
	for {
		select {
		case <-c.mail:
			c.sendMail()
		case <-c.ctx.Done():
			return
		}
	}
}

// sendMail sends what is in the mailbox and was not sent over this socket. What it cannot send
// waits for the next socket.
func (c *session) sendMail() {
	for {
		node, ok := c.server.Accounts.NextMail(c.device, c)
		if !ok || c.send(node) != nil {
			return
		}
	}
}

// takeAck removes a stanza that the client acknowledges. A client sends an ack instead of a receipt
// for messages that it cannot use.
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
