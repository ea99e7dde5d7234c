package account

import (
	"slices"

	waBinary "go.mau.fi/whatsmeow/binary"
)

// Line is a socket to which a device's mail goes. Lines are compared by identity.
type Line interface {
	// Wake reports that there may be something to send. It must neither block nor call the book.
	Wake()
}

// mailbox holds the stanzas for a device, in order, until the device's client acknowledges them. If
// the socket breaks before the acknowledgement, the stanzas are sent again over the next one. A
// message may then reach whatsmeow twice, which drops the second copy, but no message is lost. The
// book's lock guards the mailbox.
type mailbox struct {
	held     []waBinary.Node
	sent     int  // how many of them were sent over live
	doubtful int  // how many were sent over an earlier socket, and wait for a late acknowledgement
	live     Line // the device's socket; nil if it has none
}

// put adds a stanza. The client's acknowledgement will name the stanza's id and from.
func (m *mailbox) put(node waBinary.Node) {
	m.held = append(m.held, node)
	if m.live != nil {
		m.live.Wake()
	}
}

// settle removes the first stanza that the client's answer acknowledges.
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

// TakeOver makes line the device's socket. It reports whether line is new, how many stanzas the
// mailbox holds, and whether the client may already have some of them.
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

// Leave reports that line has ended.
func (b *Book) Leave(device *Device, line Line) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if device.live == line {
		device.live = nil
	}
}

// InDoubt reports whether the client may already have some of its mail, from an earlier socket.
func (b *Book) InDoubt(device *Device, line Line) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return device.live == line && device.doubtful > 0
}

// EndDoubt releases all stanzas for sending, and returns how many there are.
func (b *Book) EndDoubt(device *Device, line Line) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	if device.live != line {
		return 0 // another socket has taken over
	}
	device.doubtful = 0
	return len(device.held)
}

// NextMail returns the next stanza to send over line, if there is one, and counts it as sent.
func (b *Book) NextMail(device *Device, line Line) (waBinary.Node, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if device.live != line || device.doubtful > 0 || device.sent == len(device.held) {
		return waBinary.Node{}, false
	}
	device.sent++
	return device.held[device.sent-1], true
}

// AwaitsReceipt reports whether the client has not yet acknowledged everything sent over line.
func (b *Book) AwaitsReceipt(device *Device, line Line) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return device.live == line && device.sent > 0
}

// Settle removes the stanza that the client's answer acknowledges. The answer has the stanza's id,
// its from as to and, in a group, its participant.
func (b *Book) Settle(device *Device, tag string, answer waBinary.Attrs) {
	b.mu.Lock()
	defer b.mu.Unlock()
	device.settle(tag, answer)
}
