package wamediaxtest

import (
	"encoding/binary"

	"go.mau.fi/libsignal/ecc"
	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/store"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/util/keys"
)

// answerUsync says which devices and which LID the users have that a client asks for. Only accounts of NewClient are there;
// others are left out of the answer.
func (c *session) answerUsync(query *waBinary.Node) {
	asked := query.GetChildByTag("usync", "list")
	var users []waBinary.Node
	for _, user := range asked.GetChildren() {
		jid, _ := user.Attrs["jid"].(types.JID)
		lid, devices := c.server.lookUp(jid)
		if lid.IsEmpty() {
			continue
		}
		list := make([]waBinary.Node, len(devices))
		for i, device := range devices {
			list[i] = waBinary.Node{Tag: "device", Attrs: waBinary.Attrs{"id": int(device)}}
		}
		users = append(users, waBinary.Node{Tag: "user", Attrs: waBinary.Attrs{"jid": jid}, Content: []waBinary.Node{
			{Tag: "devices", Content: []waBinary.Node{{Tag: "device-list", Content: list}}},
			{Tag: "lid", Attrs: waBinary.Attrs{"val": lid}},
		}})
	}
	c.reply(query, waBinary.Node{Tag: "usync", Content: []waBinary.Node{{Tag: "list", Content: users}}})
}

// answerKeys gives out the keys with which a client can begin to write to other devices. They are read from the clients'
// own stores; one-time keys are not among them, which the protocol allows.
func (c *session) answerKeys(query *waBinary.Node) {
	asked := query.GetChildByTag("key")
	var users []waBinary.Node
	for _, user := range asked.GetChildren() {
		jid, _ := user.Attrs["jid"].(types.JID)
		answer := waBinary.Node{Tag: "user", Attrs: waBinary.Attrs{"jid": jid}}
		if device := c.server.storeOf(jid); device != nil {
			answer.Content = keysOf(device)
		} else {
			answer.Content = []waBinary.Node{{Tag: "error", Attrs: waBinary.Attrs{"code": 404, "text": "item-not-found"}}}
		}
		users = append(users, answer)
	}
	c.reply(query, waBinary.Node{Tag: "list", Content: users})
}

func keysOf(device *store.Device) []waBinary.Node {
	return []waBinary.Node{
		{Tag: "registration", Content: binary.BigEndian.AppendUint32(nil, device.RegistrationID)},
		{Tag: "type", Content: []byte{ecc.DjbType}},
		{Tag: "identity", Content: device.IdentityKey.Pub[:]},
		signedKey(device.SignedPreKey),
	}
}

func signedKey(key *keys.PreKey) waBinary.Node {
	return waBinary.Node{Tag: "skey", Content: []waBinary.Node{
		{Tag: "id", Content: binary.BigEndian.AppendUint32(nil, key.KeyID)[1:]},
		{Tag: "value", Content: key.Pub[:]},
		{Tag: "signature", Content: key.Signature[:]},
	}}
}

// lookUp finds an account by its phone number or its LID. The LID is empty if there is none.
func (s *Server) lookUp(jid types.JID) (lid types.JID, devices []uint16) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for number, account := range s.accounts {
		if isOf(jid, number, account) {
			return account.lid, append([]uint16(nil), account.devices...)
		}
	}
	return types.JID{}, nil
}

// storeOf finds the store of the device that jid names. What is read from it does not change after pairing.
func (s *Server) storeOf(jid types.JID) *store.Device {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, client := range s.clients {
		if client.jid.Device == jid.Device && isOf(jid, client.jid.User, s.accounts[client.jid.User]) {
			return client.Store
		}
	}
	return nil
}

// isOf reports whether jid names the account of a phone number, by that or by its LID.
func isOf(jid types.JID, number string, account *account) bool {
	switch jid.Server {
	case types.DefaultUserServer:
		return jid.User == number
	case types.HiddenUserServer:
		return account != nil && jid.User == account.lid.User
	}
	return false
}
