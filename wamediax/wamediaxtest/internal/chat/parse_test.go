package chat

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/types"

	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest/internal/account"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest/internal/cdn"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest/internal/socket"
)

// key returns a key of 32 bytes as in QR codes.
func key(b byte) string {
	return base64.StdEncoding.EncodeToString([]byte(strings.Repeat(string(rune(b)), 32)))
}

func TestQRCodesOfAllClientsAreParsed(t *testing.T) {
	plain := "2@ref," + key('n') + "," + key('i') + "," + key('a')
	for name, qr := range map[string]string{
		"as older clients do": plain,
		"with a client type":  plain + ",1",
		"as a link":           "https://wa.me/settings/linked_devices#" + plain + ",1",
	} {
		t.Run(name, func(t *testing.T) {
			code, err := parseQR(qr)
			require.NoError(t, err)
			require.Equal(t, "2@ref", code.ref)
			require.Equal(t, strings.Repeat("n", 32), string(code.noise))
			require.Equal(t, strings.Repeat("i", 32), string(code.identity))
			require.Equal(t, strings.Repeat("a", 32), string(code.advSecret))
		})
	}
}

func TestOtherCodesAreRejected(t *testing.T) {
	for name, test := range map[string]struct{ qr, want string }{
		"nothing":           {"", "not a code for linking"},
		"a web address":     {"https://example.com/", "not a code for linking"},
		"three parts":       {"ref," + key('n') + "," + key('i'), "not a code for linking"},
		"six parts":         {"ref," + key('n') + "," + key('i') + "," + key('a') + ",1,2", "not a code for linking"},
		"a truncated key":   {"ref," + key('n')[:40] + "," + key('i') + "," + key('a'), "32 bytes"},
		"a key of 33 bytes": {"ref," + key('n') + "," + base64.StdEncoding.EncodeToString(make([]byte, 33)) + "," + key('a'), "32 bytes"},
		"invalid base64":    {"ref," + key('n') + "," + key('i') + ",§", "32 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := parseQR(test.qr)
			require.ErrorContains(t, err, test.want)
		})
	}
}

func FuzzParseQR(f *testing.F) {
	f.Add("https://wa.me/x#ref," + key('n') + "," + key('i') + "," + key('a') + ",1")
	f.Add("ref,,,")
	f.Add("https://wa.me/")
	f.Fuzz(func(t *testing.T, qr string) {
		code, err := parseQR(qr)
		if err != nil {
			return
		}
		for _, key := range [][]byte{code.noise, code.identity, code.advSecret} {
			require.Len(t, key, 32)
		}
		require.Contains(t, qr, code.ref)
	})
}

func TestPhoneNumberIgnoresOtherCharacters(t *testing.T) {
	require.Equal(t, "15550001234", onlyDigits("+1 (555) 000-1234"))
	require.Equal(t, "", onlyDigits("٣ is a digit elsewhere"))
}

func TestMediaTypeIsFoundInEveryPart(t *testing.T) {
	enc := func(attrs waBinary.Attrs) waBinary.Node { return waBinary.Node{Tag: "enc", Attrs: attrs} }
	image := waBinary.Attrs{"mediatype": "image"}
	bob := withDevice(types.NewJID("1555", types.HiddenUserServer), 3)
	for name, test := range map[string]struct {
		content []waBinary.Node
		want    string
	}{
		"in each device's part": {[]waBinary.Node{{Tag: "participants", Content: []waBinary.Node{
			{Tag: "to", Attrs: waBinary.Attrs{"jid": bob}, Content: []waBinary.Node{enc(image)}},
		}}}, "image"},
		"in the group's part": {[]waBinary.Node{{Tag: "participants", Content: []waBinary.Node{
			{Tag: "to", Attrs: waBinary.Attrs{"jid": bob}, Content: []waBinary.Node{enc(nil)}},
		}}, enc(image)}, "image"},
		"in a plaintext":  {[]waBinary.Node{{Tag: "plaintext", Attrs: image}}, "image"},
		"nowhere":         {[]waBinary.Node{enc(nil)}, ""},
		"in another part": {[]waBinary.Node{{Tag: "meta", Attrs: image}}, ""},
		"as another type": {[]waBinary.Node{enc(waBinary.Attrs{"mediatype": bob})}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, test.want, readMessage(bob, &waBinary.Node{Tag: "message", Content: test.content}, time.Now()).MediaType)
		})
	}
}

func withDevice(jid types.JID, device uint16) types.JID {
	jid.Device = device
	return jid
}

// Every message from a client is recorded, judged and answered.
func FuzzMessage(f *testing.F) {
	newsletter := types.NewJID("120363900000000000", types.NewsletterServer)
	for _, node := range []waBinary.Node{
		{Tag: "message", Attrs: waBinary.Attrs{"id": "A", "to": newsletter, "type": "media", "media_id": "x"}, Content: []waBinary.Node{
			{Tag: "plaintext", Attrs: waBinary.Attrs{"mediatype": "image"}, Content: []byte{1}},
		}},
		{Tag: "message", Attrs: waBinary.Attrs{"to": "x", "media_id": newsletter}, Content: []waBinary.Node{{Tag: "participants"}}},
		{Tag: "message"},
	} {
		data, err := waBinary.Marshal(node)
		require.NoError(f, err)
		f.Add(data[1:]) // without the compression flag
	}
	owner := withDevice(types.NewJID("1555", types.DefaultUserServer), 1)
	f.Fuzz(func(t *testing.T, data []byte) {
		node, err := socket.Unmarshal(data)
		if err != nil {
			t.Skip()
		}
		s := New(nil, cdn.New())
		sender, err := s.Accounts.Register(owner)
		require.NoError(t, err)
		_, err = s.Accounts.NewNewsletter(owner, nil)
		require.NoError(t, err)
		now := time.Now()
		m := readMessage(owner, node, now)
		require.Equal(t, account.IsRetry(node), m.Retry)
		verdict := s.judge(sender, node, now)
		require.Equal(t, now, verdict.At)
		if m.To == newsletter && m.MediaType != "" && needsHandle(m.MediaType) {
			require.NotZero(t, verdict.Error, "nothing was uploaded")
		}
		s.Cut()
	})
}
