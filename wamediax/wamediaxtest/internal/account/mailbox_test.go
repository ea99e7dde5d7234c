package account

import (
	"testing"

	"github.com/stretchr/testify/require"
	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/types"
)

// wakes counts how often it was woken.
type wakes int

func (w *wakes) Wake() { *w++ }

// newMailbox returns a device that is sent stanzas with these ids.
func newMailbox(t *testing.T, ids ...string) (*Book, *Device) {
	b := newBook(t, "1555")
	device := b.Device(withDevice(phoneNumber("1555"), 1))
	for _, id := range ids {
		device.put(waBinary.Node{Tag: "message", Attrs: waBinary.Attrs{"id": id, "from": types.StatusBroadcastJID}})
	}
	return b, device
}

func answerTo(id string) waBinary.Attrs {
	return waBinary.Attrs{"id": id, "to": types.StatusBroadcastJID}
}

// send takes what is to be sent over line.
func send(b *Book, device *Device, line Line) []any {
	var ids []any
	for {
		node, ok := b.NextMail(device, line)
		if !ok {
			return ids
		}
		ids = append(ids, node.Attrs["id"])
	}
}

func TestMailGoesToTheLatestSocketInOrder(t *testing.T) {
	b, device := newMailbox(t, "A", "B")
	var line, stranger wakes
	first, count, doubtful := b.TakeOver(device, &line)
	require.True(t, first)
	require.Equal(t, 2, count)
	require.False(t, doubtful)
	first, _, _ = b.TakeOver(device, &line)
	require.False(t, first)
	require.Empty(t, send(b, device, &stranger))
	require.Equal(t, []any{"A", "B"}, send(b, device, &line))
	require.Empty(t, send(b, device, &line), "nothing is sent twice over one socket")
	require.True(t, b.AwaitsReceipt(device, &line))
	device.put(waBinary.Node{Tag: "message", Attrs: waBinary.Attrs{"id": "C", "from": types.StatusBroadcastJID}})
	require.EqualValues(t, 1, line)
	require.Equal(t, []any{"C"}, send(b, device, &line))
	for _, id := range []string{"B", "A", "X", "C"} {
		b.Settle(device, "message", answerTo(id))
	}
	require.False(t, b.AwaitsReceipt(device, &line))
	b.Leave(device, &line)
	require.Empty(t, send(b, device, &line))
}

func TestMailInDoubtWaitsForItsReceipt(t *testing.T) {
	for name, end := range map[string]func(*Book, *Device, Line){
		"that comes": func(b *Book, device *Device, line Line) {
			b.Settle(device, "message", answerTo("A"))
		},
		"that does not come": func(b *Book, device *Device, line Line) {
			require.Equal(t, 2, b.EndDoubt(device, line))
		},
	} {
		t.Run(name, func(t *testing.T) {
			b, device := newMailbox(t, "A", "B")
			var before, after wakes
			b.TakeOver(device, &before)
			_, ok := b.NextMail(device, &before)
			require.True(t, ok)
			_, count, doubtful := b.TakeOver(device, &after)
			require.Equal(t, 2, count)
			require.True(t, doubtful)
			require.True(t, b.InDoubt(device, &after))
			require.Empty(t, send(b, device, &after))
			require.Zero(t, b.EndDoubt(device, &before), "the old socket has no say")
			end(b, device, &after)
			require.False(t, b.InDoubt(device, &after))
			require.NotEmpty(t, send(b, device, &after))
		})
	}
}

func TestAnswerSettlesTheStanzaThatItIsFor(t *testing.T) {
	group := types.NewJID("1", types.GroupServer)
	alice, bob := phoneNumber("1"), phoneNumber("2")
	stanza := waBinary.Node{Tag: "message", Attrs: waBinary.Attrs{"id": "A", "from": group, "participant": alice}}
	for name, test := range map[string]struct {
		tag     string
		answer  waBinary.Attrs
		settles bool
	}{
		"its own":                     {"message", waBinary.Attrs{"id": "A", "to": group, "participant": alice}, true},
		"one that names no member":    {"message", waBinary.Attrs{"id": "A", "to": group}, true},
		"one about another member":    {"message", waBinary.Attrs{"id": "A", "to": group, "participant": bob}, false},
		"one about another message":   {"message", waBinary.Attrs{"id": "B", "to": group, "participant": alice}, false},
		"one to another chat":         {"message", waBinary.Attrs{"id": "A", "to": alice}, false},
		"one about another sort":      {"receipt", waBinary.Attrs{"id": "A", "to": group, "participant": alice}, false},
		"one without any attribute":   {"message", nil, false},
		"one that names it by a text": {"message", waBinary.Attrs{"id": "A", "to": group.String()}, false},
	} {
		t.Run(name, func(t *testing.T) {
			b, device := newMailbox(t)
			device.put(stanza)
			b.Settle(device, test.tag, test.answer)
			require.Equal(t, test.settles, len(device.held) == 0)
		})
	}
}
