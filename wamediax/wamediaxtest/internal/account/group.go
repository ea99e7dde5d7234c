package account

import (
	"errors"
	"fmt"
	"slices"
	"time"

	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/types"
)

// group is a chat of several accounts. The book's lock guards the fields that change.
type group struct {
	jid     types.JID
	subject string
	created time.Time
	mode    types.AddressingMode // how the group addresses its members
	members []*Account           // the first one is the admin
}

// NewGroup creates a group. The first member is its admin.
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

// accountsOf returns the accounts of JIDs without repetition. The lock is held.
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

// admin returns the member that may change the group. The group must not be empty.
func (g *group) admin() *Account {
	return g.members[0]
}

// deliverToGroup delivers a message to all devices of a group's members except the sender: the
// ciphertext for the group, and before it the sender's key if the sender has encrypted the key for
// the device. It returns the code of an error, or 0. The lock is held.
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

// Group returns the description of a group for one of its members, or the code of an error.
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

// GroupsOf returns the descriptions of the groups of a device's account, oldest first.
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

// node returns the description of the group. The lock is held.
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

// participants lists members with both their JIDs, the one of the group's addressing mode first.
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
