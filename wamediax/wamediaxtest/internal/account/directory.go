package account

import (
	"time"

	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/types"
)

// Publish sets a device's keys. From then on, the book lists the device, and tells those that have
// asked before.
func (b *Book) Publish(device *Device, keys *Keys) {
	b.mu.Lock()
	defer b.mu.Unlock()
	isNew := device.keys == nil
	device.keys = keys
	if isNew {
		b.announceDevices(device)
	}
}

// announceDevices tells the clients that remember an account's devices that the list has changed.
// changed is the device that was added or removed. The lock is held.
//
// WhatsApp names that device in the notification. whatsmeow applies such a notification only to the
// devices that it remembers for the phone number, but it addresses messages by LID. An update under
// either name makes it forget the whole list.
func (b *Book) announceDevices(changed *Device) {
	for asker := range changed.Account.askers {
		if asker == changed {
			continue
		}
		for _, from := range []types.JID{changed.JID.ToNonAD(), changed.Account.LID} {
			asker.put(waBinary.Node{
				Tag:     "notification",
				Attrs:   waBinary.Attrs{"type": "devices", "from": from, "id": b.newID(), "t": time.Now().Unix()},
				Content: []waBinary.Node{{Tag: "update"}},
			})
		}
	}
}

// LookUp answers a usync query for one user. If remembers is set, the book tells asker when the
// user's devices change.
func (b *Book) LookUp(jid types.JID, asker *Device, remembers bool) (waBinary.Node, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	found := b.accountOf(jid)
	if found == nil {
		return waBinary.Node{}, false
	}
	if asker != nil && remembers {
		found.askers[asker] = struct{}{}
	}
	var list []waBinary.Node
	for _, device := range found.devices {
		if device.reachable() {
			list = append(list, waBinary.Node{Tag: "device", Attrs: waBinary.Attrs{"id": int(device.JID.Device)}})
		}
	}
	return waBinary.Node{Tag: "user", Attrs: waBinary.Attrs{"jid": jid}, Content: []waBinary.Node{
		{Tag: "devices", Content: []waBinary.Node{{Tag: "device-list", Content: list}}},
		{Tag: "lid", Attrs: waBinary.Attrs{"val": found.LID}},
	}}, true
}

// KeysOf returns the keys of a device, and nil if the device does not exist or has published none.
func (b *Book) KeysOf(jid types.JID) *Keys {
	b.mu.Lock()
	defer b.mu.Unlock()
	device := b.deviceOf(jid)
	if device == nil || device.unlinked {
		return nil
	}
	return device.keys
}
