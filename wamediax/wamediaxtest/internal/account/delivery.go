package account

import (
	"maps"
	"time"

	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/types"
)

// Verdict is the service's answer to a message.
type Verdict struct {
	At        time.Time             // when the message first arrived
	ServerID  types.MessageServerID // of a newsletter's message; otherwise 0
	Error     int                   // 0: the message was accepted
	Duplicate bool                  // the service had accepted the message before
}

// Errors that a message is refused with.
const (
	errorForbidden = 403
	errorNotFound  = 404
)

// messageKey identifies a message. A sender that gets no answer may send the message again with the
// same id, and encrypts it anew.
type messageKey struct {
	sender *Device
	to     types.JID
	id     any
}

// message is a message from a device to a chat.
type message struct {
	sender *Device
	node   *waBinary.Node
	to     types.JID // the chat
	at     time.Time
	alone  bool // see isForOneDevice
}

func (m *message) key() messageKey {
	return messageKey{sender: m.sender, to: m.to, id: m.node.Attrs["id"]}
}

// Deliver puts a message into the mailboxes of the devices that it is for. If the sender has sent
// the message before, it goes only to the devices that do not have it.
func (b *Book) Deliver(sender *Device, node *waBinary.Node, at time.Time) Verdict {
	b.mu.Lock()
	defer b.mu.Unlock()
	m := &message{sender: sender, node: node, at: at, alone: isForOneDevice(node)}
	m.to, _ = node.Attrs["to"].(types.JID)
	_, edits := node.Attrs["edit"]
	// an edit in a newsletter has the id of the message that it edits
	remembered := !m.alone && !(edits && m.to.Server == types.NewsletterServer)
	if verdict, ok := b.verdicts[m.key()]; ok && remembered {
		m.at, verdict.Duplicate = verdict.At, true
		if m.to.Server != types.NewsletterServer {
			b.route(m)
		}
		return verdict
	}
	verdict := b.route(m)
	verdict.At = at
	if remembered && verdict.Error == 0 {
		b.verdicts[m.key()] = verdict
	}
	return verdict
}

// isForOneDevice reports whether a message is encrypted for a single device: another copy for a
// device that could not decrypt the first, or a message to the sender's own phone.
func isForOneDevice(node *waBinary.Node) bool {
	to, _ := node.Attrs["to"].(types.JID)
	_, forMany := node.GetOptionalChildByTag("participants")
	return !forMany && to.Server != types.NewsletterServer
}

// IsRetry reports whether a message is another copy, for a device that could not decrypt the first.
func IsRetry(node *waBinary.Node) bool {
	return isForOneDevice(node) && node.Attrs["category"] != "peer"
}

// route delivers a message according to the kind of its chat. The lock is held.
func (b *Book) route(m *message) Verdict {
	switch {
	case m.sender.unlinked:
		return Verdict{}
	case m.to.Server == types.GroupServer:
		return Verdict{Error: b.deliverToGroup(m)}
	case m.to == types.StatusBroadcastJID:
		b.deliverStatus(m)
		return Verdict{}
	case m.to.Server == types.NewsletterServer:
		return b.publish(m)
	default:
		b.deliverToPerson(m)
		return Verdict{}
	}
}

// messageCopy is the part of a message for one device.
type messageCopy struct {
	to  types.JID
	enc waBinary.Node
}

// copies returns the parts of a message for single devices.
func (m *message) copies() []messageCopy {
	var copies []messageCopy
	participants := m.node.GetChildByTag("participants")
	for _, participant := range participants.GetChildrenByTag("to") {
		enc, ok := participant.GetOptionalChildByTag("enc")
		if jid, isJID := participant.Attrs["jid"].(types.JID); isJID && ok {
			copies = append(copies, messageCopy{to: jid, enc: enc})
		}
	}
	return copies
}

// deliverToPerson delivers a message to the devices of a person and to the sender's own devices.
// The lock is held.
func (b *Book) deliverToPerson(m *message) {
	copies := m.copies()
	if enc, ok := m.node.GetOptionalChildByTag("enc"); ok {
		copies = append(copies, messageCopy{to: m.to, enc: enc})
	}
	for _, copied := range copies {
		receiver := b.deviceOf(copied.to)
		if receiver == nil {
			continue
		}
		attrs := m.attrs()
		attrs["from"] = m.sender.as(copied.to.Server)
		attrs["addressing_mode"] = string(addressingMode(copied.to.Server))
		if receiver.Account == m.sender.Account {
			b.nameRecipient(attrs, m.node)
		} else if copied.to.Server == types.HiddenUserServer {
			attrs["sender_pn"] = m.sender.Account.PN
		} else {
			attrs["sender_lid"] = m.sender.Account.LID
		}
		receiver.take(m, attrs, m.content(copied.enc))
	}
}

// deliverOnce delivers another copy of a message to the device in a group or a status audience that
// asked for it. It reports false if the message is for all devices. The lock is held.
func (b *Book) deliverOnce(m *message, mode types.AddressingMode) bool {
	asker, ok := m.node.Attrs["participant"].(types.JID)
	if !ok {
		return false
	}
	if receiver := b.deviceOf(asker); receiver != nil {
		receiver.take(m, m.groupAttrs(mode), m.content(m.node.GetChildrenByTag("enc")...))
	}
	return true
}

// attrs returns the attributes that an arriving message has in all kinds of chats.
func (m *message) attrs() waBinary.Attrs {
	attrs := waBinary.Attrs{"t": m.at.Unix(), "notify": m.sender.Account.name.Load()}
	for _, name := range []string{"id", "type", "edit", "category", "recipient"} {
		if value, ok := m.node.Attrs[name]; ok {
			attrs[name] = value
		}
	}
	return attrs
}

// groupAttrs returns the attributes of a message that arrives in a group or as a status.
func (m *message) groupAttrs(mode types.AddressingMode) waBinary.Attrs {
	attrs := m.attrs()
	maps.Copy(attrs, waBinary.Attrs{
		"from": m.to, "addressing_mode": string(mode), "participant": m.sender.as(serverOf(mode)),
	})
	if mode == types.AddressingModeLID {
		attrs["participant_pn"] = m.sender.Account.PN
	} else {
		attrs["participant_lid"] = m.sender.Account.LID
	}
	return attrs
}

func addressingMode(server string) types.AddressingMode {
	if server == types.HiddenUserServer {
		return types.AddressingModeLID
	}
	return types.AddressingModePN
}

// serverOf returns the server of the members' JIDs in an addressing mode.
func serverOf(mode types.AddressingMode) string {
	if mode == types.AddressingModeLID {
		return types.HiddenUserServer
	}
	return types.DefaultUserServer
}

// take puts a message into the device's mailbox, unless the device already has it.
func (d *Device) take(m *message, attrs waBinary.Attrs, content []waBinary.Node) {
	if d.unlinked {
		return
	}
	if !m.alone {
		key := m.key()
		if _, ok := d.received[key]; ok {
			return
		}
		d.received[key] = struct{}{}
	}
	d.put(waBinary.Node{Tag: "message", Attrs: attrs, Content: content})
}

// nameRecipient tells the sender's other device who the message was for. The lock is held.
func (b *Book) nameRecipient(attrs waBinary.Attrs, node *waBinary.Node) {
	if _, ok := attrs["recipient"]; !ok { // another copy already has it
		attrs["recipient"] = node.Attrs["to"]
	}
	recipient, _ := attrs["recipient"].(types.JID)
	peer := b.accountOf(recipient)
	if peer == nil {
		return
	}
	if recipient.Server == types.HiddenUserServer {
		attrs["peer_recipient_pn"] = peer.PN
	} else {
		attrs["peer_recipient_lid"] = peer.LID
	}
}

// content returns the part of a message's content that a receiver gets: its ciphertexts, the
// sender's device identity if one of them starts a session, and everything meant for all receivers.
func (m *message) content(encs ...waBinary.Node) []waBinary.Node {
	content := append([]waBinary.Node(nil), encs...)
	begins := false
	for _, enc := range encs {
		begins = begins || enc.Attrs["type"] == "pkmsg"
	}
	for _, child := range m.node.GetChildren() {
		switch child.Tag {
		case "participants", "enc", "tctoken", "cstoken": // for other devices or for the server
		case "device-identity":
			if begins {
				content = append(content, child)
			}
		default:
			content = append(content, child)
		}
	}
	return content
}
