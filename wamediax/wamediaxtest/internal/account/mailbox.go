package account

import (
	"slices"

	waBinary "go.mau.fi/whatsmeow/binary"
)

// Line is a socket that a device's mail goes to. It is compared by identity.
type Line interface {
	// Wake says that there may be something to send. It must not block nor call the book.
	Wake()
}

// mailbox holds what is on its way to a device, in order, until the device's client has said that
// it has it. What was sent over a socket that broke before that is sent again over the next one: a
// message may come to whatsmeow twice, which drops the second, but it cannot get lost. The book's
// lock guards it.
type mailbox struct {
	held     []waBinary.Node
	sent     int  // how many of them have gone out over live
	doubtful int  // how many of them have gone out over an earlier socket, and are not sent again for now
	live     Line // the socket that the device has; nil: none
}

// put adds a stanza. Its id and from are what the client will name when it has it.
func (m *mailbox) put(node waBinary.Node) {
	m.held = append(m.held, node)
	if m.live != nil {
		m.live.Wake()
	}
}

// settle drops the first stanza that the client's answer is for.
func (m *mailbox) settle(tag string, answer waBinary.Attrs) {
	i := slices.IndexFunc(m.held, func(node waBinary.Node) bool {
		return node.Tag == tag && node.Attrs["id"] == answer["id"] && node.Attrs["from"] == answer["to"] &&
			(node.Attrs["participant"] == answer["participant"] || answer["participant"] == nil)
	})
	if i < 0 {
		return
	}
	m.held = slices.Delete(m.held, i, i+1)
	if i < m.sent {
		m.sent--
	}
	if i < m.doubtful {
		m.doubtful--
		if m.doubtful == 0 && m.live != nil {
			m.live.Wake()
		}
	}
}

// TakeOver makes line the socket that the device's mail goes to. It reports whether it was not that
// before, how much is held, and whether the client may have some of it already.
func (b *Book) TakeOver(device *Device, line Line) (first bool, count int, doubtful bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	m := &device.mailbox
	if m.live == line {
		return false, 0, false
	}
	m.live, m.sent, m.doubtful = line, 0, max(m.doubtful, m.sent)
	return true, len(m.held), m.doubtful > 0
}

// Leave says that line has ended.
func (b *Book) Leave(device *Device, line Line) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if device.live == line {
		device.live = nil
	}
}

// InDoubt reports whether the client may have some of its mail already, from its last socket.
func (b *Book) InDoubt(device *Device, line Line) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return device.live == line && device.doubtful > 0
}

// EndDoubt lets everything be sent that is held, and returns how much it is.
func (b *Book) EndDoubt(device *Device, line Line) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	if device.live != line {
		return 0 // the next socket's doubts are its own
	}
	device.doubtful = 0
	return len(device.held)
}

// NextMail returns what is to be sent next over line, if anything is, and counts it as sent.
func (b *Book) NextMail(device *Device, line Line) (waBinary.Node, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if device.live != line || device.doubtful > 0 || device.sent == len(device.held) {
		return waBinary.Node{}, false
	}
	device.sent++
	return device.held[device.sent-1], true
}

// AwaitsReceipt reports whether something has gone out over line that the client has not yet said
// it has.
func (b *Book) AwaitsReceipt(device *Device, line Line) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return device.live == line && device.sent > 0
}

// Settle drops the stanza that the client's answer is for from the mailbox: the client has it. The
// answer names it by its id, its sender (as to) and, in a group, by the member who sent it.
func (b *Book) Settle(device *Device, tag string, answer waBinary.Attrs) {
	b.mu.Lock()
	defer b.mu.Unlock()
	device.settle(tag, answer)
}
