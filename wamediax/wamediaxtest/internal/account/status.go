package account

import (
	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/types"
)

// SetAudience sets who receives the status messages of an account. Without viewers these are the
// contacts, which only the account's clients know.
func (b *Book) SetAudience(of types.JID, viewers []types.JID) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	owner, err := b.accountsOf([]types.JID{of})
	if err != nil {
		return err
	}
	accounts, err := b.accountsOf(viewers)
	if err != nil {
		return err
	}
	owner[0].audience = nil
	for _, account := range accounts {
		owner[0].audience = append(owner[0].audience, account.LID)
	}
	return nil
}

// Audience returns the audience of a device's account, nil if SetAudience has set none.
func (b *Book) Audience(asker *Device) []types.JID {
	b.mu.Lock()
	defer b.mu.Unlock()
	if asker == nil {
		return nil
	}
	return asker.Account.audience
}

// deliverStatus delivers a status message to the devices for which the sender has encrypted its
// key. The lock is held.
func (b *Book) deliverStatus(m *message) {
	if asker, ok := m.node.Attrs["participant"].(types.JID); ok && b.deliverOnce(m, addressingMode(asker.Server)) {
		return
	}
	forAll := m.node.GetChildrenByTag("enc")
	copies := m.copies()
	for _, copied := range copies {
		receiver := b.deviceOf(copied.to)
		if receiver == nil {
			continue
		}
		content := m.content(append([]waBinary.Node{copied.enc}, forAll...)...)
		if receiver.Account == m.sender.Account {
			content = append(content, b.viewers(copies, m.sender.Account))
		}
		receiver.take(m, m.groupAttrs(addressingMode(copied.to.Server)), content)
	}
}

// viewers lists the audience of a status for the sender's other devices. The lock is held.
func (b *Book) viewers(copies []messageCopy, sender *Account) waBinary.Node {
	named := make(map[*Account]struct{})
	var nodes []waBinary.Node
	for _, copied := range copies {
		viewer := b.accountOf(copied.to)
		if _, ok := named[viewer]; ok || viewer == nil || viewer == sender {
			continue
		}
		named[viewer] = struct{}{}
		nodes = append(nodes, waBinary.Node{Tag: "to", Attrs: waBinary.Attrs{"jid": viewer.LID, "peer_recipient_pn": viewer.PN}})
	}
	return waBinary.Node{Tag: "participants", Content: nodes}
}
