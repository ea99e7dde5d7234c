package account

import (
	"errors"
	"fmt"
	"slices"
	"time"

	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/types"
)

// group is a chat of several accounts. The book's lock guards what changes.
type group struct {
	jid     types.JID
	subject string
	created time.Time
	mode    types.AddressingMode // how its members are named
	members []*Account           // the first one opened the group, and is its only admin
}

// NewGroup opens a group. The first member is its admin.
func (b *Book) NewGroup(subject string, mode types.AddressingMode, members []types.JID) (types.JID, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	opened, err := b.openGroup(subject, mode, members)
	if err != nil {
		return types.JID{}, err
	}
	b.announceGroup(opened, opened.members)
	return opened.jid, nil
}

// openGroup adds a group to the book. The lock is held.
func (b *Book) openGroup(subject string, mode types.AddressingMode, members []types.JID) (*group, error) {
	accounts, err := b.accountsOf(members)
	if err != nil {
		return nil, err
	}
	if len(accounts) == 0 {
		return nil, errors.New("a group needs at least one member")
	}
	opened := &group{
		jid:     types.NewJID(fmt.Sprintf("120363%012d", len(b.groups)+1), types.GroupServer),
		subject: subject,
		created: time.Now(),
		mode:    mode,
		members: accounts,
	}
	b.groups[opened.jid] = opened
	return opened, nil
}

// accountsOf finds accounts, each once. The lock is held.
func (b *Book) accountsOf(jids []types.JID) ([]*Account, error) {
	var accounts []*Account
	for _, jid := range jids {
		found := b.accountOf(jid)
		if found == nil {
			return nil, fmt.Errorf("%s is not an account of this server", jid)
		}
		if !slices.Contains(accounts, found) {
			accounts = append(accounts, found)
		}
	}
	return accounts, nil
}

func (g *group) has(member *Account) bool {
	return slices.Contains(g.members, member)
}

// admin is the member who may change the group. The group is not empty.
func (g *group) admin() *Account {
	return g.members[0]
}

// deliverToGroup delivers a message to all devices of a group's members but the one that it comes
// from: what it is encrypted for the group in, and before that the sender's key, where the sender
// has encrypted it for the device. It returns the error that the message is refused with, or 0. The
// lock is held.
func (b *Book) deliverToGroup(m *message) int {
	in := b.groups[m.to]
	switch {
	case in == nil:
		return errorNotFound
	case !in.has(m.sender.Account):
		return errorForbidden
	case b.deliverOnce(m, in.mode):
		return 0
	}
	keys := make(map[*Device]waBinary.Node)
	for _, copied := range m.copies() {
		keys[b.deviceOf(copied.to)] = copied.enc
	}
	forAll := m.node.GetChildrenByTag("enc")
	for _, member := range in.members {
		for _, device := range member.devices {
			if device == m.sender || !device.reachable() {
				continue
			}
			encs := forAll
			if key, ok := keys[device]; ok {
				encs = append([]waBinary.Node{key}, forAll...)
			}
			device.take(m, m.groupAttrs(in.mode), m.content(encs...))
		}
	}
	return 0
}

// Group describes a group to one of its members, or returns the error that the query ends with.
func (b *Book) Group(jid types.JID, asker *Device) (waBinary.Node, int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	in := b.groups[jid]
	switch {
	case in == nil:
		return waBinary.Node{}, errorNotFound
	case asker == nil || !in.has(asker.Account):
		return waBinary.Node{}, errorForbidden
	}
	return in.node(), 0
}

// GroupsOf describes the groups of a device's account, the oldest first.
func (b *Book) GroupsOf(asker *Device) []waBinary.Node {
	b.mu.Lock()
	defer b.mu.Unlock()
	var joined []*group
	for _, in := range b.groups {
		if asker != nil && in.has(asker.Account) {
			joined = append(joined, in)
		}
	}
	slices.SortFunc(joined, func(x, y *group) int { return x.created.Compare(y.created) })
	nodes := make([]waBinary.Node, len(joined))
	for i, in := range joined {
		nodes[i] = in.node()
	}
	return nodes
}

// node describes the group. The lock is held.
func (g *group) node() waBinary.Node {
	attrs := waBinary.Attrs{
		"id":              g.jid.User,
		"subject":         g.subject,
		"s_t":             g.created.Unix(),
		"creation":        g.created.Unix(),
		"size":            len(g.members),
		"addressing_mode": string(g.mode),
	}
	if len(g.members) > 0 {
		attrs["creator"] = g.admin().as(serverOf(g.mode))
		attrs["creator_pn"] = g.admin().PN
	}
	return waBinary.Node{Tag: "group", Attrs: attrs, Content: g.participants(g.members)}
}

// participants names members as the group does, with the other name of each beside it.
func (g *group) participants(members []*Account) []waBinary.Node {
	nodes := make([]waBinary.Node, len(members))
	for i, member := range members {
		attrs := waBinary.Attrs{"jid": member.as(serverOf(g.mode))}
		if g.mode == types.AddressingModeLID {
			attrs["phone_number"] = member.PN
		} else {
			attrs["lid"] = member.LID
		}
		if len(g.members) > 0 && member == g.admin() {
			attrs["type"] = "superadmin"
		}
		nodes[i] = waBinary.Node{Tag: "participant", Attrs: attrs}
	}
	return nodes
}
