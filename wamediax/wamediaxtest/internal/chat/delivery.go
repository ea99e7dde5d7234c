package chat

import (
	"time"

	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/types"

	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest/internal/account"
)

// takeMessage delivers a message and acknowledges it, unless a fault prevents that.
func (c *session) takeMessage(node *waBinary.Node) {
	m := readMessage(c.jid, node, time.Now())
	c.apply(c.server.nextEffect(m.To), m, node)
}

func (s *Service) judge(sender *account.Device, node *waBinary.Node, at time.Time) account.Verdict {
	if code := s.checkMediaHandle(node); code != 0 {
		return account.Verdict{At: at, Error: code}
	}
	return s.Accounts.Deliver(sender, node, at)
}

func (c *session) acknowledgeMessage(m *Message, node *waBinary.Node, verdict account.Verdict) {
	ack := acknowledgement(node, verdict.At)
	if verdict.ServerID != 0 {
		ack.Attrs["server_id"] = verdict.ServerID
	}
	if verdict.Error != 0 {
		ack.Attrs["error"] = verdict.Error
	}
	c.server.changeMessages(func() { m.Acked = true }) // before the client can know
	c.send(ack)
}

// takeReceipt acknowledges a receipt and acts on it. A receipt removes its message from the
// client's mailbox, and the server passes it on if the message was delivered, read or played; or it
// asks the sender for another copy of the message, or the phone for media.
func (c *session) takeReceipt(node *waBinary.Node) {
	kind, _ := node.Attrs["type"].(string)
	switch types.ReceiptType(kind) {
	case types.ReceiptTypeRetry: // the client also sends an ack, which removes the message from the mailbox
		if c.device != nil {
			c.server.Accounts.ForwardRetry(c.device, node)
		}
	case types.ReceiptTypeServerError:
		c.acknowledge(node)
		c.askPhone(node)
		return
	case types.ReceiptTypeDelivered, types.ReceiptTypeRead, types.ReceiptTypePlayed:
		c.settle("message", node)
		if c.device != nil {
			c.server.Accounts.ForwardReceipt(c.device, node)
		}
	default:
		c.settle("message", node)
	}
	c.acknowledge(node)
}

// takePresence reads the push name from a client's presence.
func (c *session) takePresence(node *waBinary.Node) {
	name, _ := node.Attrs["name"].(string)
	if c.device == nil || name == "" {
		return
	}
	c.device.Account.Rename(name)
}
