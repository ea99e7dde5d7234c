package account

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/types"
)

var now = time.Unix(1_700_000_000, 0)

// encFor is a message's part for one device.
func encFor(to types.JID, kind string) waBinary.Node {
	return waBinary.Node{Tag: "to", Attrs: waBinary.Attrs{"jid": to}, Content: []waBinary.Node{
		{Tag: "enc", Attrs: waBinary.Attrs{"type": kind}, Content: []byte(to.String())},
	}}
}

func messageTo(to types.JID, id string, parts []waBinary.Node, rest ...waBinary.Node) *waBinary.Node {
	content := append([]waBinary.Node{{Tag: "participants", Content: parts}}, rest...)
	return &waBinary.Node{Tag: "message", Attrs: waBinary.Attrs{"id": id, "to": to, "type": "text"}, Content: content}
}

func tagsOf(node waBinary.Node) []string {
	var tags []string
	for _, child := range node.GetChildren() {
		tags = append(tags, child.Tag)
	}
	return tags
}

func TestReceiverGetsItsOwnPartOfAMessage(t *testing.T) {
	b := newBook(t, "1555", "1666")
	alice, bob := b.Device(withDevice(phoneNumber("1555"), 1)), b.Device(withDevice(phoneNumber("1666"), 1))
	second := register(t, b, "1666", 2)
	sent := messageTo(bob.Account.LID, "A", []waBinary.Node{encFor(bob.LID, "pkmsg"), encFor(second.LID, "msg")},
		waBinary.Node{Tag: "device-identity"}, waBinary.Node{Tag: "tctoken"}, waBinary.Node{Tag: "meta"})
	require.Equal(t, Verdict{At: now}, b.Deliver(alice, sent, now))

	require.Len(t, bob.held, 1)
	require.Equal(t, []string{"enc", "device-identity", "meta"}, tagsOf(bob.held[0]))
	require.Equal(t, []byte(bob.LID.String()), bob.held[0].GetChildren()[0].Content)
	require.Equal(t, alice.LID, bob.held[0].Attrs["from"])
	require.Equal(t, alice.Account.PN, bob.held[0].Attrs["sender_pn"])
	require.Equal(t, []string{"enc", "meta"}, tagsOf(second.held[0]), "its session had begun before")
}

func TestMessageThatComesAgainGoesToDevicesThatHaveNotGotIt(t *testing.T) {
	b := newBook(t, "1555", "1666")
	alice, bob := b.Device(withDevice(phoneNumber("1555"), 1)), b.Device(withDevice(phoneNumber("1666"), 1))
	to := bob.Account.LID
	b.Deliver(alice, messageTo(to, "A", []waBinary.Node{encFor(bob.LID, "msg")}), now)
	second := register(t, b, "1666", 2)
	both := []waBinary.Node{encFor(bob.LID, "msg"), encFor(second.LID, "pkmsg")}
	require.Equal(t, Verdict{At: now, Duplicate: true}, b.Deliver(alice, messageTo(to, "A", both), now.Add(time.Minute)))
	require.Len(t, bob.held, 1)
	require.Len(t, second.held, 1)
	require.Equal(t, now.Unix(), second.held[0].Attrs["t"], "the time of the first one")

	alsoFrom := register(t, b, "1555", 2)
	for name, other := range map[string]Verdict{
		"another id":   b.Deliver(alice, messageTo(to, "B", both), now),
		"another chat": b.Deliver(alice, messageTo(alice.Account.LID, "A", both), now),
		"another one":  b.Deliver(alsoFrom, messageTo(to, "A", both), now),
	} {
		require.False(t, other.Duplicate, name)
	}
}

func TestCopyForADeviceThatAskedIsNoDuplicate(t *testing.T) {
	b := newBook(t, "1555", "1666")
	alice, bob := b.Device(withDevice(phoneNumber("1555"), 1)), b.Device(withDevice(phoneNumber("1666"), 1))
	members := []types.JID{alice.JID, bob.JID}
	group, err := b.NewGroup("group", types.AddressingModeLID, members)
	require.NoError(t, err)
	bob.held = nil
	enc := waBinary.Node{Tag: "enc", Attrs: waBinary.Attrs{"type": "msg"}}
	for name, test := range map[string]waBinary.Attrs{
		"of a person": {"id": "A", "to": bob.LID},
		"of a group":  {"id": "A", "to": group, "participant": bob.LID},
		"of a status": {"id": "A", "to": types.StatusBroadcastJID, "participant": bob.LID},
	} {
		copied := &waBinary.Node{Tag: "message", Attrs: test, Content: []waBinary.Node{enc}}
		require.True(t, IsRetry(copied), name)
		for range 2 {
			require.False(t, b.Deliver(alice, copied, now).Duplicate, name)
		}
		require.Len(t, bob.held, 2, name)
		bob.held = nil
	}
	require.False(t, IsRetry(messageTo(bob.LID, "A", nil)))
	require.False(t, IsRetry(&waBinary.Node{Attrs: waBinary.Attrs{"category": "peer"}}))
}

func TestGroupMessageIsRefused(t *testing.T) {
	b := newBook(t, "1555", "1666", "1777")
	alice, stranger := b.Device(withDevice(phoneNumber("1555"), 1)), b.Device(withDevice(phoneNumber("1777"), 1))
	group, err := b.NewGroup("group", types.AddressingModeLID, []types.JID{alice.JID, phoneNumber("1666")})
	require.NoError(t, err)
	require.Equal(t, 403, b.Deliver(stranger, messageTo(group, "A", nil), now).Error)
	require.Equal(t, 404, b.Deliver(alice, messageTo(types.NewJID("1", types.GroupServer), "A", nil), now).Error)
	require.Zero(t, b.Deliver(alice, messageTo(group, "A", nil), now).Error)
	require.Zero(t, b.LeaveGroup(alice, group))
	require.Equal(t, 403, b.Deliver(alice, messageTo(group, "B", nil), now).Error)
}

func TestNextMemberIsTheAdminWhenTheAdminLeaves(t *testing.T) {
	b := newBook(t, "1555", "1666", "1777")
	alice, bob := b.Device(withDevice(phoneNumber("1555"), 1)), b.Device(withDevice(phoneNumber("1666"), 1))
	group, err := b.NewGroup("group", types.AddressingModePN, []types.JID{alice.JID, bob.JID})
	require.NoError(t, err)
	carol := []types.JID{phoneNumber("1777")}
	_, code := b.AddMembers(bob, group, carol)
	require.Equal(t, 403, code)
	require.Zero(t, b.LeaveGroup(alice, group))
	named, code := b.AddMembers(bob, group, carol)
	require.Zero(t, code)
	require.Len(t, named, 1)
	require.Equal(t, carol[0], named[0].Attrs["jid"])
	named, code = b.RemoveMembers(bob, group, []types.JID{bob.JID, carol[0]})
	require.Zero(t, code)
	require.Len(t, named, 1, "the admin cannot remove itself")
	require.Zero(t, b.LeaveGroup(bob, group))
	require.Equal(t, 403, b.LeaveGroup(bob, group))
	require.Equal(t, 404, b.LeaveGroup(bob, types.NewJID("1", types.GroupServer)))
}
