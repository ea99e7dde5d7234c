package account

import "go.mau.fi/whatsmeow/types"

// Linked returns the devices that jid names.
func (b *Book) Linked(jid types.JID) []*Device {
	b.mu.Lock()
	defer b.mu.Unlock()
	of := b.accountOf(jid)
	if of == nil {
		return nil
	}
	var devices []*Device
	for _, device := range of.devices {
		if !device.unlinked && (jid.Device == 0 || jid.Device == device.JID.Device) {
			devices = append(devices, device)
		}
	}
	return devices
}

// Unlink removes a device. The book remembers only that the device existed.
func (b *Book) Unlink(device *Device) {
	if device == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	device.unlinked = true
	device.mailbox = mailbox{}
	for _, account := range b.accounts {
		delete(account.askers, device)
	}
	b.announceDevices(device)
}

// Unlinked reports whether the device was unlinked.
func (b *Book) Unlinked(device *Device) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return device.unlinked
}
