package account

import (
	"slices"
	"time"

	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/types"
)

// CreateGroup creates a group for a client and returns its description, or the code of an error.
func (b *Book) CreateGroup(asker *Device, subject string, others []types.JID) (waBinary.Node, int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	opened, err := b.openGroup(subject, types.AddressingModeLID, append([]types.JID{asker.JID}, others...))
	if err != nil {
		return waBinary.Node{}, errorNotFound
	}
	b.announceGroup(opened, opened.members)
	return opened.node(), 0
}

// AddMembers adds accounts to a group for its admin, and lists them, or returns the code of an
// error.
func (b *Book) AddMembers(asker *Device, jid types.JID, added []types.JID) ([]waBinary.Node, int) {
	return b.changeMembers(asker, jid, added, "add")
}

// RemoveMembers removes accounts from a group for its admin, and lists them, or returns the code of
// an error. The admin cannot remove itself.
func (b *Book) RemoveMembers(asker *Device, jid types.JID, removed []types.JID) ([]waBinary.Node, int) {
	return b.changeMembers(asker, jid, removed, "remove")
}

func (b *Book) changeMembers(asker *Device, jid types.JID, jids []types.JID, change string) ([]waBinary.Node, int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	in := b.groups[jid]
	if in == nil {
		return nil, errorNotFound
	}
	if asker == nil || !in.has(asker.Account) || in.admin() != asker.Account {
		return nil, errorForbidden
	}
	accounts, err := b.accountsOf(jids)
	if err != nil {
		return nil, errorNotFound
	}
	hear := slices.Clone(in.members)
	if change == "add" {
		accounts = slices.DeleteFunc(accounts, in.has)
		in.members = append(in.members, accounts...)
		b.announceGroup(in, accounts)
	} else {
		accounts = slices.DeleteFunc(accounts, func(a *Account) bool { return a == asker.Account || !in.has(a) })
		in.members = slices.DeleteFunc(in.members, func(a *Account) bool { return slices.Contains(accounts, a) })
	}
	named := in.participants(accounts)
	if len(named) > 0 {
		b.announceChange(in, asker, hear, waBinary.Node{Tag: change, Content: named})
	}
	return named, 0
}

// LeaveGroup removes a device's account from a group, and returns the code of an error, or 0. If
// the admin leaves, the member that joined first after it becomes the admin.
func (b *Book) LeaveGroup(asker *Device, jid types.JID) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	in := b.groups[jid]
	switch {
	case in == nil:
		return errorNotFound
	case asker == nil || !in.has(asker.Account):
		return errorForbidden
	}
	hear := slices.Clone(in.members)
	in.members = slices.DeleteFunc(in.members, func(a *Account) bool { return a == asker.Account })
	b.announceChange(in, asker, hear, waBinary.Node{Tag: "remove", Content: in.participants([]*Account{asker.Account})})
	return 0
}

// announceGroup tells accounts that they are members of a group. The lock is held.
func (b *Book) announceGroup(in *group, joined []*Account) {
	b.announceChange(in, nil, joined, waBinary.Node{Tag: "create", Content: []waBinary.Node{in.node()}})
}

// announceChange tells all devices of some accounts about a change to a group. by is the device
// that made the change, or nil. The lock is held.
func (b *Book) announceChange(in *group, by *Device, hear []*Account, change waBinary.Node) {
	for _, account := range hear {
		for _, device := range account.devices {
			if device.unlinked {
				continue
			}
			attrs := waBinary.Attrs{
				"type": "w:gp2", "from": in.jid, "id": b.newID(), "t": time.Now().Unix(), "addressing_mode": string(in.mode),
			}
			if by != nil {
				attrs["participant"] = by.Account.as(serverOf(in.mode))
				attrs["participant_pn"] = by.Account.PN
			}
			device.put(waBinary.Node{Tag: "notification", Attrs: attrs, Content: []waBinary.Node{change}})
		}
	}
}
