package account

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/types"
)

// newsletter is a channel that one account publishes and others follow. The book's lock guards the
// fields that change.
type newsletter struct {
	jid       types.JID
	owner     *Account
	followers []*Account
	posts     []*post // the oldest first
}

// post is a message in a newsletter, as the followers receive it.
type post struct {
	id       any
	serverID types.MessageServerID
	at       time.Time
	attrs    waBinary.Attrs
	content  []waBinary.Node
}

// NewNewsletter creates a newsletter.
func (b *Book) NewNewsletter(owner types.JID, followers []types.JID) (types.JID, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	accounts, err := b.accountsOf(append([]types.JID{owner}, followers...))
	if err != nil {
		return types.JID{}, err
	}
	jid := types.NewJID(fmt.Sprintf("120363%012d", 900_000_000_000+len(b.newsletters)), types.NewsletterServer)
	b.newsletters[jid] = &newsletter{jid: jid, owner: accounts[0], followers: accounts[1:]}
	return jid, nil
}

// IsNewsletter reports whether there is such a newsletter.
func (b *Book) IsNewsletter(jid types.JID) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.newsletters[jid] != nil
}

// publish delivers a message to the devices of a newsletter's owner and followers, except the
// sending device. It accepts messages to unknown newsletters and drops them. The lock is held.
func (b *Book) publish(m *message) Verdict {
	in := b.newsletters[m.to]
	if in == nil {
		return Verdict{}
	}
	if m.sender.Account != in.owner {
		return Verdict{Error: errorForbidden}
	}
	published := in.add(m)
	if published == nil {
		return Verdict{Error: errorNotFound}
	}
	for _, account := range append([]*Account{in.owner}, in.followers...) {
		for _, device := range account.devices {
			if device != m.sender && device.reachable() {
				device.put(waBinary.Node{Tag: "message", Attrs: published.attrs, Content: published.content})
			}
		}
	}
	return Verdict{ServerID: published.serverID}
}

// add adds a message to the posts. An edit replaces the post that it changes; if there is no such
// post, add returns nil.
func (n *newsletter) add(m *message) *post {
	id := m.node.Attrs["id"]
	added := &post{id: id, at: m.at, serverID: types.MessageServerID(100 + len(n.posts)), content: m.node.GetChildren()}
	edit, isEdit := m.node.Attrs["edit"]
	if isEdit {
		i := slices.IndexFunc(n.posts, func(p *post) bool { return p.id == id })
		if i < 0 {
			return nil
		}
		added.at, added.serverID = n.posts[i].at, n.posts[i].serverID
		added.content = append(slices.Clone(added.content), waBinary.Node{Tag: "meta", Attrs: waBinary.Attrs{
			"msg_edit_t": m.at.UnixMilli(), "original_msg_t": added.at.Unix(),
		}})
		n.posts[i] = added
	} else {
		n.posts = append(n.posts, added)
	}
	added.attrs = waBinary.Attrs{
		"from": n.jid, "id": id, "type": m.node.Attrs["type"], "t": m.at.Unix(), "server_id": added.serverID,
	}
	if isEdit {
		added.attrs["edit"] = edit
	}
	return added
}

// Posts returns at most count messages of a newsletter from before a server ID, newest first, or
// the code of an error. 0 means no limit.
func (b *Book) Posts(jid types.JID, count int, before types.MessageServerID) ([]waBinary.Node, int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	in := b.newsletters[jid]
	if in == nil {
		return nil, errorNotFound
	}
	var nodes []waBinary.Node
	for _, p := range slices.Backward(in.posts) {
		if before != 0 && p.serverID >= before {
			continue
		}
		if len(nodes) == cmp.Or(max(count, 0), len(in.posts)) {
			break
		}
		nodes = append(nodes, waBinary.Node{Tag: "message", Attrs: waBinary.Attrs{
			"id": p.id, "server_id": p.serverID, "type": p.attrs["type"], "t": p.at.Unix(),
		}, Content: p.content})
	}
	return nodes, 0
}
