package chat

import (
	"time"

	waBinary "go.mau.fi/whatsmeow/binary"
)

// takeMessage puts a message into the mailboxes of the devices that it is encrypted for, and then
// tells the sender so.
func (c *session) takeMessage(node *waBinary.Node) {
	now := time.Now()
	if c.device != nil {
		c.server.Accounts.Deliver(c.device, node, now)
	}
	c.acknowledgeAt(node, now)
}

// takeReceipt acknowledges a receipt, and does what it is for: it tells the server that a message
// has arrived, or asks the sender to encrypt it once more, or asks the phone for media.
func (c *session) takeReceipt(node *waBinary.Node) {
	switch node.Attrs["type"] {
	case "retry": // the message stays in the mailbox until the client acknowledges it, as it does beside this
		if c.device != nil {
			c.server.Accounts.ForwardRetry(c.device, node)
		}
		c.acknowledge(node)
	case "server-error":
		c.acknowledge(node)
		c.askPhone(node)
	default:
		c.settle("message", node)
		c.acknowledge(node)
	}
}

// takePresence learns the push name, which clients send along.
func (c *session) takePresence(node *waBinary.Node) {
	name, _ := node.Attrs["name"].(string)
	if c.device == nil || name == "" {
		return
	}
	c.device.Account.Rename(name)
}
