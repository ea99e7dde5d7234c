package interop_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/proto/waMmsRetry"
	"go.mau.fi/whatsmeow/types"

	"github.com/wamediax/whatsmeow-ext/wamediax/retry"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

// receipt asks a phone for media. Baileys' vector is only the encrypted part.
type receipt struct {
	ID       string
	MediaKey []byte
	EncP     []byte
	EncIV    []byte

	Stanza      []byte // in WhatsApp's binary format
	Chat        string // empty for a blob of history
	Participant string
	FromMe      bool
}

// notification is the encrypted part of a phone's answer.
type notification struct {
	ID         string
	MediaKey   []byte
	EncP       []byte
	EncIV      []byte
	Result     int
	DirectPath string
}

// node returns the receipt's stanza, addressed to an account.
func (r receipt) node(t *testing.T, to types.JID) waBinary.Node {
	t.Helper()
	if r.Stanza == nil {
		return waBinary.Node{
			Tag:   "receipt",
			Attrs: waBinary.Attrs{"id": r.ID, "to": to, "type": "server-error"},
			Content: []waBinary.Node{
				{Tag: "encrypt", Content: []waBinary.Node{{Tag: "enc_p", Content: r.EncP}, {Tag: "enc_iv", Content: r.EncIV}}},
				{Tag: "rmr", Attrs: waBinary.Attrs{"jid": person, "from_me": false}},
			},
		}
	}
	data, err := waBinary.Unpack(r.Stanza)
	require.NoError(t, err)
	node, err := waBinary.Unmarshal(data)
	require.NoError(t, err)
	node.Attrs["to"] = to
	return *node
}

func TestReceiptsOfOtherLibrariesAreOpenedByThePhone(t *testing.T) {
	for _, library := range []string{"baileys", "whatsapp-rust"} {
		v := load(t, library)
		t.Run(v.Library, func(t *testing.T) {
			server, cli := connect(t)
			require.NotEmpty(t, v.Receipts)
			for _, receipt := range v.Receipts {
				requests := make(chan *wamediaxtest.PhoneRequest, 1)
				server.SetPhone(func(req *wamediaxtest.PhoneRequest) { requests <- req })
				//lint:ignore SA1019 there is no other way to send a stanza
				require.NoError(t, cli.DangerousInternals().SendNode(t.Context(), receipt.node(t, cli.Store.GetJID().ToNonAD())))
				request := <-requests
				require.NoError(t, request.Open(receipt.MediaKey))
				require.Equal(t, receipt.ID, request.MessageID)
			}
		})
	}
}

// Only the ciphertext may differ: its initialization vector is random.
func TestOurReceiptsAreTheSameAsTheirs(t *testing.T) {
	v := load(t, "whatsapp-rust")
	require.Len(t, v.Receipts, 3)
	server, cli := connect(t)
	requester := retry.New(cli)
	t.Cleanup(requester.Close)
	for _, theirs := range v.Receipts {
		sent := make(chan waBinary.Node, 1)
		server.SetPhone(func(req *wamediaxtest.PhoneRequest) {
			sent <- req.Node
			_ = req.Answer(wamediaxtest.PhoneAnswer{Error: int(retry.NotFound)})
		})
		if theirs.Chat == "" {
			_, err := requester.RequestHistory(t.Context(), theirs.ID, &waE2E.HistorySyncNotification{MediaKey: theirs.MediaKey})
			require.NoError(t, err)
		} else {
			_, err := requester.Request(t.Context(), retry.Request{
				MessageID: theirs.ID, Chat: jid(t, theirs.Chat), Participant: jid(t, theirs.Participant), FromMe: theirs.FromMe, MediaKey: theirs.MediaKey,
			})
			require.NoError(t, err)
		}
		require.Equal(t, withoutContent(theirs.node(t, cli.Store.GetJID().ToNonAD())), withoutContent(<-sent))
	}
}

func jid(t *testing.T, text string) types.JID {
	t.Helper()
	if text == "" {
		return types.EmptyJID
	}
	parsed, err := types.ParseJID(text)
	require.NoError(t, err)
	return parsed
}

// withoutContent returns a copy of node in which bytes have only their length.
func withoutContent(node waBinary.Node) waBinary.Node {
	switch content := node.Content.(type) {
	case []byte:
		node.Content = len(content)
	case []waBinary.Node:
		children := make([]waBinary.Node, len(content))
		for i, child := range content {
			children[i] = withoutContent(child)
		}
		node.Content = children
	}
	return node
}

var person = types.NewJID("15550001234", types.DefaultUserServer)

func TestAnswersOfOtherLibrariesAreOpened(t *testing.T) {
	for _, library := range []string{"baileys", "whatsapp-rust"} {
		v := load(t, library)
		t.Run(v.Library, func(t *testing.T) {
			require.Len(t, v.Notifications, 2)
			server, cli := connect(t)
			requester := retry.New(cli)
			t.Cleanup(requester.Close)
			for _, answer := range v.Notifications {
				server.SetPhone(func(req *wamediaxtest.PhoneRequest) {
					_ = req.Answer(wamediaxtest.PhoneAnswer{
						MediaKey: answer.MediaKey, Result: waMmsRetry.MediaRetryNotification_GENERAL_ERROR,
						Encrypted: func([]byte, []byte) ([]byte, []byte) { return answer.EncP, answer.EncIV },
					})
				})
				got, err := requester.Request(t.Context(), retry.Request{MessageID: answer.ID, Chat: person, MediaKey: answer.MediaKey})
				require.NoError(t, err)
				require.Equal(t, retry.Result{Status: retry.Status(answer.Result), DirectPath: answer.DirectPath}, got)
			}
		})
	}
}
