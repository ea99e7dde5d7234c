package account

import (
	"time"

	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/types"
)

// Deliver puts a message into the mailboxes of the devices that it is encrypted for.
func (b *Book) Deliver(sender *Device, message *waBinary.Node, at time.Time) {
	for _, copied := range copiesOf(message) {
		b.deliver(sender, message, copied, at)
	}
}

// ForwardRetry takes a receipt of asker's that asks for a message once more to the device that has
// sent the message.
func (b *Book) ForwardRetry(asker *Device, receipt *waBinary.Node) {
	to, ok := receipt.Attrs["to"].(types.JID)
	if !ok {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	sender := b.deviceOf(to)
	if sender == nil || sender.unlinked {
		return
	}
	attrs := waBinary.Attrs{"from": asker.as(to.Server), "t": time.Now().Unix()}
	for _, name := range []string{"id", "type", "recipient", "category"} {
		if value, ok := receipt.Attrs[name]; ok {
			attrs[name] = value
		}
	}
	sender.put(waBinary.Node{Tag: "receipt", Attrs: attrs, Content: receipt.Content})
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
func (b *Book) deliver(sender *Device, message *waBinary.Node, copied messageCopy, at time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	receiver := b.deviceOf(copied.to)
	if receiver == nil || receiver.unlinked || sender.unlinked {
		return
	}
	attrs := waBinary.Attrs{
		"from":            sender.as(copied.to.Server),
		"t":               at.Unix(),
		"notify":          sender.Account.name.Load(),
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
	if receiver.Account == sender.Account {
		b.nameRecipient(attrs, message)
	} else if copied.to.Server == types.HiddenUserServer {
		attrs["sender_pn"] = sender.JID.ToNonAD()
	} else {
		attrs["sender_lid"] = sender.Account.LID
	}
	arriving := waBinary.Node{Tag: "message", Attrs: attrs, Content: contentOf(message, copied.enc)}
	if !receiver.holds(arriving) {
		receiver.put(arriving)
	}
}

// nameRecipient says to a sender's own other device whom the message was for. The lock is held.
func (b *Book) nameRecipient(attrs waBinary.Attrs, message *waBinary.Node) {
	if _, ok := attrs["recipient"]; !ok { // it is there if the message is sent once more
		attrs["recipient"] = message.Attrs["to"]
	}
	recipient, _ := attrs["recipient"].(types.JID)
	peer := b.accountOf(recipient)
	if peer == nil || len(peer.devices) == 0 {
		return
	}
	if recipient.Server == types.HiddenUserServer {
		attrs["peer_recipient_pn"] = peer.devices[0].JID.ToNonAD()
	} else {
		attrs["peer_recipient_lid"] = peer.LID
	}
}

// contentOf returns what a receiver sees of a message's content: its own copy, the sender's proof
// of identity if the copy begins a session, and everything that is for everyone.
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
