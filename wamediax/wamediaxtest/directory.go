package wamediaxtest

import (
	"encoding/binary"
	"time"

	"go.mau.fi/libsignal/ecc"
	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/store"
	"go.mau.fi/whatsmeow/types"
)

// deviceKeys are the public keys by which other clients begin to write to a device. One-time keys are not among them, which
// the protocol allows.
type deviceKeys struct {
	registration []byte // the id, of 4 bytes
	identity     []byte
	signedID     []byte // of 3 bytes
	signed       []byte
	signature    []byte
}

func keysOfStore(device *store.Device) *deviceKeys {
	return &deviceKeys{
		registration: binary.BigEndian.AppendUint32(nil, device.RegistrationID),
		identity:     device.IdentityKey.Pub[:],
		signedID:     binary.BigEndian.AppendUint32(nil, device.SignedPreKey.KeyID)[1:],
		signed:       device.SignedPreKey.Pub[:],
		signature:    device.SignedPreKey.Signature[:],
	}
}

// valid reports whether the keys can be given out: they have their sizes, and the identity key has signed the other one.
func (k *deviceKeys) valid() bool {
	if len(k.registration) != 4 || len(k.identity) != 32 || len(k.signedID) != 3 || len(k.signed) != 32 || len(k.signature) != 64 {
		return false
	}
	identity := ecc.NewDjbECPublicKey([32]byte(k.identity))
	return ecc.VerifySignature(identity, append([]byte{ecc.DjbType}, k.signed...), [64]byte(k.signature))
}

func (k *deviceKeys) nodes() []waBinary.Node {
	return []waBinary.Node{
		{Tag: "registration", Content: k.registration},
		{Tag: "type", Content: []byte{ecc.DjbType}},
		{Tag: "identity", Content: k.identity},
		{Tag: "skey", Content: []waBinary.Node{
			{Tag: "id", Content: k.signedID},
			{Tag: "value", Content: k.signed},
			{Tag: "signature", Content: k.signature},
		}},
	}
}

// takeKeys learns a device's keys when its client uploads new ones: a guest's, which the server has not seen before.
func (c *session) takeKeys(upload *waBinary.Node) {
	content := func(path ...string) []byte {
		data, _ := upload.GetChildByTag(path...).Content.([]byte)
		return data
	}
	keys := &deviceKeys{
		registration: content("registration"),
		identity:     content("identity"),
		signedID:     content("skey", "id"),
		signed:       content("skey", "value"),
		signature:    content("skey", "signature"),
	}
	if c.device != nil && keys.valid() {
		c.server.publish(c.device, keys)
	}
}

// publish makes the device known to everyone who asks, and to those who have asked before.
func (s *Server) publish(device *companion, keys *deviceKeys) {
	s.mu.Lock()
	defer s.mu.Unlock()
	isNew := device.keys == nil
	device.keys = keys
	if isNew {
		s.announceDevices(device)
	}
}

// announceDevices tells the clients that remember which devices an account has, that these have changed. changed is the
// device that has come or gone. The lock is held.
//
// WhatsApp names the device that has come or gone. whatsmeow takes that as it is meant only if it remembers the devices of
// the phone number, while it addresses messages by the LID. By an update, under either name, it just forgets what it knew.
func (s *Server) announceDevices(changed *companion) {
	for asker := range changed.account.askers {
		if asker == changed {
			continue
		}
		for _, from := range []types.JID{changed.jid.ToNonAD(), changed.account.lid} {
			asker.put(waBinary.Node{
				Tag:     "notification",
				Attrs:   waBinary.Attrs{"type": "devices", "from": from, "id": s.newID(), "t": time.Now().Unix()},
				Content: []waBinary.Node{{Tag: "update"}},
			})
		}
	}
}

// answerUsync says which devices and which LID the users have that a client asks for. Only accounts of NewClient, Invite,
// Scan and EnterCode are there; others are left out of the answer.
func (c *session) answerUsync(query *waBinary.Node) {
	asked := query.GetChildByTag("usync", "list")
	_, devices := query.GetOptionalChildByTag("usync", "query", "devices")
	var users []waBinary.Node
	for _, user := range asked.GetChildren() {
		jid, _ := user.Attrs["jid"].(types.JID)
		if answer, ok := c.server.lookUp(jid, c.device, devices); ok {
			users = append(users, answer)
		}
	}
	c.reply(query, waBinary.Node{Tag: "usync", Content: []waBinary.Node{{Tag: "list", Content: users}}})
}

// lookUp answers for one user. If asker is going to remember the devices, it will be told when they change.
func (s *Server) lookUp(jid types.JID, asker *companion, remembers bool) (waBinary.Node, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found := s.accountOf(jid)
	if found == nil {
		return waBinary.Node{}, false
	}
	if asker != nil && remembers {
		found.askers[asker] = struct{}{}
	}
	var list []waBinary.Node
	for _, device := range found.companions {
		if device.keys != nil && !device.unlinked {
			list = append(list, waBinary.Node{Tag: "device", Attrs: waBinary.Attrs{"id": int(device.jid.Device)}})
		}
	}
	return waBinary.Node{Tag: "user", Attrs: waBinary.Attrs{"jid": jid}, Content: []waBinary.Node{
		{Tag: "devices", Content: []waBinary.Node{{Tag: "device-list", Content: list}}},
		{Tag: "lid", Attrs: waBinary.Attrs{"val": found.lid}},
	}}, true
}

// answerKeys gives out the keys with which a client can begin to write to other devices.
func (c *session) answerKeys(query *waBinary.Node) {
	asked := query.GetChildByTag("key")
	var users []waBinary.Node
	for _, user := range asked.GetChildren() {
		jid, _ := user.Attrs["jid"].(types.JID)
		answer := waBinary.Node{Tag: "user", Attrs: waBinary.Attrs{"jid": jid}}
		if keys := c.server.keysOf(jid); keys != nil {
			answer.Content = keys.nodes()
		} else {
			answer.Content = []waBinary.Node{{Tag: "error", Attrs: waBinary.Attrs{"code": 404, "text": "item-not-found"}}}
		}
		users = append(users, answer)
	}
	c.reply(query, waBinary.Node{Tag: "list", Content: users})
}

func (s *Server) keysOf(jid types.JID) *deviceKeys {
	s.mu.Lock()
	defer s.mu.Unlock()
	device := s.companionOf(jid)
	if device == nil || device.unlinked {
		return nil
	}
	return device.keys
}
