package account

import (
	"testing"

	"github.com/stretchr/testify/require"
	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/util/keys"

	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest/internal/socket"
)

// newBook makes a book with the accounts of these phone numbers, each of which has published the
// device 1.
func newBook(t testing.TB, numbers ...string) *Book {
	b := NewBook(func() string { return "id" })
	for _, number := range numbers {
		register(t, b, number, 1)
	}
	return b
}

func register(t testing.TB, b *Book, number string, device uint16) *Device {
	jid := types.NewJID(number, types.DefaultUserServer)
	jid.Device = device
	added, err := b.Register(jid)
	require.NoError(t, err)
	b.Publish(added, testKeys())
	return added
}

func testKeys() *Keys {
	identity := keys.NewKeyPair()
	signed := identity.CreateSignedPreKey(7)
	return &Keys{
		Registration: []byte{0, 0, 0, 1}, Identity: identity.Pub[:], SignedID: []byte{0, 0, 7},
		Signed: signed.Pub[:], Signature: signed.Signature[:],
	}
}

func phoneNumber(number string) types.JID {
	return types.NewJID(number, types.DefaultUserServer)
}

func withDevice(jid types.JID, device uint16) types.JID {
	jid.Device = device
	return jid
}

func TestRegisterRefusesWhatIsNoNewDevice(t *testing.T) {
	b := newBook(t, "1555")
	for name, test := range map[string]struct {
		jid  types.JID
		want string
	}{
		"a LID":                    {types.NewJID("1555", types.HiddenUserServer), "is not a phone number's JID"},
		"a name":                   {phoneNumber("alice"), "is not a phone number's JID"},
		"no number":                {types.NewJID("", types.DefaultUserServer), "is not a phone number's JID"},
		"a number that is too big": {phoneNumber("99999999999999999999999"), "is not a phone number's JID"},
		"a device that is there":   {withDevice(phoneNumber("1555"), 1), "has a client already"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := b.Register(test.jid)
			require.ErrorContains(t, err, test.want)
		})
	}
}

func TestRegisterFindsFreeNumbers(t *testing.T) {
	b := newBook(t)
	first, err := b.Register(types.JID{})
	require.NoError(t, err)
	second, err := b.Register(types.JID{})
	require.NoError(t, err)
	require.NotEqual(t, first.Account, second.Account)
	require.NotEqual(t, first.LID, second.LID)
	require.Equal(t, first.JID.ToNonAD(), first.Account.PN)

	next, err := b.Register(first.JID.ToNonAD()) // any device
	require.NoError(t, err)
	require.EqualValues(t, 2, next.JID.Device)
	require.Equal(t, next.JID.Device, next.LID.Device)
	b.Deregister(next)
	again, err := b.Register(first.JID.ToNonAD())
	require.NoError(t, err)
	require.Equal(t, next.JID, again.JID)
}

func TestAccountsHaveTwoNames(t *testing.T) {
	b := newBook(t, "1555", "1666")
	device := b.Device(withDevice(phoneNumber("1555"), 1))
	require.NotNil(t, device)
	require.Same(t, device, b.Device(device.LID))
	require.Nil(t, b.Device(withDevice(device.LID, 2)))
	require.Nil(t, b.Device(types.NewJID("1555", types.GroupServer)))

	lid, other := device.Account.LID, phoneNumber("1666")
	require.True(t, b.Addressed(device.JID, device.JID))
	require.True(t, b.Addressed(phoneNumber("1555"), device.JID))
	require.True(t, b.Addressed(lid, device.JID))
	require.False(t, b.Addressed(withDevice(lid, 2), device.JID))
	require.False(t, b.Addressed(other, device.JID))

	require.True(t, b.SameChat(lid, phoneNumber("1555")))
	require.True(t, b.SameChat(types.StatusBroadcastJID, types.StatusBroadcastJID))
	require.False(t, b.SameChat(lid, other))
	require.False(t, b.SameChat(types.StatusBroadcastJID, types.NewJID("1", types.GroupServer)))
}

func TestUnlinkedDeviceIsNotKnownToOthers(t *testing.T) {
	b := newBook(t, "1555")
	device := b.Device(withDevice(phoneNumber("1555"), 1))
	require.NotNil(t, b.KeysOf(device.LID))
	b.Unlink(device)
	require.True(t, b.Unlinked(device))
	require.Nil(t, b.KeysOf(device.LID))
	require.Empty(t, b.Linked(phoneNumber("1555")))
	user, ok := b.LookUp(device.Account.LID, nil, false)
	require.True(t, ok)
	list := user.GetChildByTag("devices", "device-list")
	require.Empty(t, list.GetChildren())
	_, err := b.Register(device.JID)
	require.ErrorContains(t, err, "already", "its number is not used again")
}

func TestKeysAreGivenOutIfTheyAreValid(t *testing.T) {
	for name, test := range map[string]struct {
		spoil func(*Keys)
		valid bool
	}{
		"as they are":             {func(*Keys) {}, true},
		"no registration":         {func(k *Keys) { k.Registration = nil }, false},
		"a short identity":        {func(k *Keys) { k.Identity = k.Identity[1:] }, false},
		"a long id":               {func(k *Keys) { k.SignedID = make([]byte, 4) }, false},
		"another signed key":      {func(k *Keys) { k.Signed = testKeys().Signed }, false},
		"another identity":        {func(k *Keys) { k.Identity = testKeys().Identity }, false},
		"a signature that is cut": {func(k *Keys) { k.Signature = k.Signature[:63] }, false},
	} {
		t.Run(name, func(t *testing.T) {
			keys := testKeys()
			test.spoil(keys)
			require.Equal(t, test.valid, keys.Valid())
		})
	}
}

// Whatever a client sends, the book neither panics nor keeps its lock.
func FuzzDeliver(f *testing.F) {
	alice, bob := withDevice(phoneNumber("1555"), 1), withDevice(phoneNumber("1666"), 1)
	enc := waBinary.Node{Tag: "enc", Attrs: waBinary.Attrs{"type": "pkmsg", "v": "2"}, Content: []byte{1}}
	participants := waBinary.Node{Tag: "participants", Content: []waBinary.Node{
		{Tag: "to", Attrs: waBinary.Attrs{"jid": bob}, Content: []waBinary.Node{enc}},
	}}
	group := types.NewJID("120363000000000001", types.GroupServer)
	newsletter := types.NewJID("120363900000000000", types.NewsletterServer)
	for _, attrs := range []waBinary.Attrs{
		{"id": "A", "to": bob}, {"id": "A", "to": group}, {"id": "A", "to": group, "participant": bob}, {"id": "A", "to": newsletter},
		{"id": "A", "to": newsletter, "edit": "3"}, {"id": "A", "to": types.StatusBroadcastJID},
		{"id": "A", "to": types.StatusBroadcastJID, "participant": bob}, {"to": "bob"}, {},
	} {
		for _, content := range [][]waBinary.Node{nil, {enc}, {participants, enc}, {{Tag: "plaintext"}}} {
			data, err := waBinary.Marshal(waBinary.Node{Tag: "message", Attrs: attrs, Content: content})
			require.NoError(f, err)
			f.Add(data[1:]) // without the byte that says whether it is compressed
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		node, err := socket.Unmarshal(data)
		if err != nil {
			t.Skip()
		}
		b := newBook(t, "1555", "1666")
		_, err = b.NewGroup("group", types.AddressingModeLID, []types.JID{alice, bob})
		require.NoError(t, err)
		_, err = b.NewNewsletter(alice, []types.JID{bob})
		require.NoError(t, err)
		sender := b.Device(alice)
		for range 2 {
			b.Deliver(sender, node, now)
			b.ForwardRetry(sender, node)
			b.ForwardReceipt(sender, node)
			b.Settle(b.Device(bob), node.Tag, node.Attrs)
		}
	})
}
