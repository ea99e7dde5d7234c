package wamediaxtest

import (
	"time"

	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/types"
)

// takeMessage puts a message into the mailboxes of the devices that it is encrypted for, and then tells the sender so.
func (c *session) takeMessage(node *waBinary.Node) {
	now := time.Now()
	if c.device != nil {
		for _, copied := range copiesOf(node) {
			c.server.deliver(c.device, node, copied, now)
		}
	}
	c.acknowledgeAt(node, now)
}

// messageCopy is the part of a message that is for one device.
type messageCopy struct {
	to  types.JID
	enc waBinary.Node
}

// copiesOf splits a message: it has a part for each device, or is for one device as a whole.
func copiesOf(message *waBinary.Node) []messageCopy {
	var copies []messageCopy
	add := func(to any, enc waBinary.Node, ok bool) {
		if jid, isJID := to.(types.JID); isJID && ok {
			copies = append(copies, messageCopy{to: jid, enc: enc})
		}
	}
	participants := message.GetChildByTag("participants")
	for _, participant := range participants.GetChildrenByTag("to") {
		enc, ok := participant.GetOptionalChildByTag("enc")
		add(participant.Attrs["jid"], enc, ok)
	}
	enc, ok := message.GetOptionalChildByTag("enc")
	add(message.Attrs["to"], enc, ok)
	return copies
}

// deliver puts one device's copy of a message into its mailbox, as it comes out at the other end.
func (s *Server) deliver(sender *companion, message *waBinary.Node, copied messageCopy, at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	receiver := s.companionOf(copied.to)
	if receiver == nil || receiver.unlinked || sender.unlinked {
		return
	}
	attrs := waBinary.Attrs{
		"from":            sender.as(copied.to.Server),
		"t":               at.Unix(),
		"notify":          sender.account.name,
		"addressing_mode": string(types.AddressingModePN),
	}
	if copied.to.Server == types.HiddenUserServer {
		attrs["addressing_mode"] = string(types.AddressingModeLID)
	}
	for _, name := range []string{"id", "type", "edit", "category", "recipient"} {
		if value, ok := message.Attrs[name]; ok {
			attrs[name] = value
		}
	}
	if receiver.account == sender.account {
		s.nameRecipient(attrs, message)
	} else if copied.to.Server == types.HiddenUserServer {
		attrs["sender_pn"] = sender.jid.ToNonAD()
	} else {
		attrs["sender_lid"] = sender.account.lid
	}
	arriving := waBinary.Node{Tag: "message", Attrs: attrs, Content: contentOf(message, copied.enc)}
	if !receiver.holds(arriving) {
		receiver.put(arriving)
	}
}

// nameRecipient says to a sender's own other device whom the message was for. The lock is held.
func (s *Server) nameRecipient(attrs waBinary.Attrs, message *waBinary.Node) {
	if _, ok := attrs["recipient"]; !ok { // it is there if the message is sent once more
		attrs["recipient"] = message.Attrs["to"]
	}
	recipient, _ := attrs["recipient"].(types.JID)
	peer := s.accountOf(recipient)
	if peer == nil || len(peer.companions) == 0 {
		return
	}
	if recipient.Server == types.HiddenUserServer {
		attrs["peer_recipient_pn"] = peer.companions[0].jid.ToNonAD()
	} else {
		attrs["peer_recipient_lid"] = peer.lid
	}
}

// contentOf returns what a receiver sees of a message's content: its own copy, the sender's proof of identity if the copy
// begins a session, and everything that is for everyone.
func contentOf(message *waBinary.Node, enc waBinary.Node) []waBinary.Node {
	content := []waBinary.Node{enc}
	for _, child := range message.GetChildren() {
		switch child.Tag {
		case "participants", "enc", "tctoken", "cstoken": // for other devices, or for the server
		case "device-identity":
			if enc.Attrs["type"] == "pkmsg" {
				content = append(content, child)
			}
		default:
			content = append(content, child)
		}
	}
	return content
}

// takeReceipt acknowledges a receipt, and does what it is for: it tells the server that a message has arrived, or asks the
// sender to encrypt it once more, or asks the phone for media.
func (c *session) takeReceipt(node *waBinary.Node) {
	switch node.Attrs["type"] {
	case "retry": // the message stays in the mailbox until the client acknowledges it, as it does beside this
		c.forwardRetry(node)
		c.acknowledge(node)
	case "server-error":
		c.acknowledge(node)
		c.askPhone(node)
	default:
		c.settle("message", node)
		c.acknowledge(node)
	}
}

// forwardRetry takes the receipt to the device that has sent the message.
func (c *session) forwardRetry(receipt *waBinary.Node) {
	to, ok := receipt.Attrs["to"].(types.JID)
	if !ok || c.device == nil {
		return
	}
	s := c.server
	s.mu.Lock()
	defer s.mu.Unlock()
	sender := s.companionOf(to)
	if sender == nil || sender.unlinked {
		return
	}
	attrs := waBinary.Attrs{"from": c.device.as(to.Server), "t": time.Now().Unix()}
	for _, name := range []string{"id", "type", "recipient", "category"} {
		if value, ok := receipt.Attrs[name]; ok {
			attrs[name] = value
		}
	}
	sender.put(waBinary.Node{Tag: "receipt", Attrs: attrs, Content: receipt.Content})
}

// takePresence learns the push name, which clients send along.
func (c *session) takePresence(node *waBinary.Node) {
	name, _ := node.Attrs["name"].(string)
	if c.device == nil || name == "" {
		return
	}
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	c.device.account.name = name
}
