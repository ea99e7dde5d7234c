package account

import (
	"time"

	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/types"
)

// ForwardRetry passes a receipt from asker that asks for another copy of a message to the device
// that sent the message.
func (b *Book) ForwardRetry(asker *Device, receipt *waBinary.Node) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if sender := b.deviceOf(senderOf(receipt)); sender != nil && !sender.unlinked {
		sender.put(forwarded(asker, receipt))
	}
}

// ForwardReceipt tells all devices of a message's sender that reader has received, read or played
// the message.
func (b *Book) ForwardReceipt(reader *Device, receipt *waBinary.Node) {
	b.mu.Lock()
	defer b.mu.Unlock()
	sender := b.accountOf(senderOf(receipt))
	if sender == nil || sender == reader.Account {
		return
	}
	for _, device := range sender.devices {
		if !device.unlinked {
			device.put(forwarded(reader, receipt))
		}
	}
}

// senderOf returns the sender of the message that a receipt is about.
func senderOf(receipt *waBinary.Node) types.JID {
	to, _ := receipt.Attrs["to"].(types.JID)
	if isShared(to) {
		to, _ = receipt.Attrs["participant"].(types.JID)
	}
	return to
}

// isShared reports whether several people send messages to a chat.
func isShared(chat types.JID) bool {
	return chat.Server == types.GroupServer || chat.Server == types.BroadcastServer
}

// forwarded returns a receipt as the sender of the message gets it.
func forwarded(reader *Device, receipt *waBinary.Node) waBinary.Node {
	chat, _ := receipt.Attrs["to"].(types.JID)
	attrs := waBinary.Attrs{"t": time.Now().Unix(), "from": reader.as(chat.Server)}
	if isShared(chat) {
		attrs["from"], attrs["participant"] = chat, reader.as(senderOf(receipt).Server)
	}
	for _, name := range []string{"id", "type", "recipient", "category"} {
		if value, ok := receipt.Attrs[name]; ok {
			attrs[name] = value
		}
	}
	return waBinary.Node{Tag: "receipt", Attrs: attrs, Content: receipt.Content}
}
