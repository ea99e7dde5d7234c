package wamediax_test

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow"
	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"

	"github.com/wamediax/whatsmeow-ext/wamediax"
	"github.com/wamediax/whatsmeow-ext/wamediax/preview"
	"github.com/wamediax/whatsmeow-ext/wamediax/retry"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

// stanzaSection is a section of the golden file with the stanzas that have a certain child.
type stanzaSection struct {
	title string
	child string
	run   func(t *testing.T, s *service)
}

// stanzaSections cover every stanza that this library sends itself.
func stanzaSections() []stanzaSection {
	key := make([]byte, 32)
	chat := types.NewJID("15550001234", types.DefaultUserServer)
	group := types.NewJID("120363000000000000", types.GroupServer)
	reupload := func(req retry.Request) func(t *testing.T, s *service) {
		return func(t *testing.T, s *service) {
			req.MessageID, req.MediaKey = "3EB0C0FFEE", key
			s.SetPhone(wamediaxtest.PhoneWith(map[types.MessageID]wamediaxtest.PhoneMedia{req.MessageID: {MediaKey: key, DirectPath: "/v/new"}}))
			_, err := s.client.Reupload(t.Context(), req)
			require.NoError(t, err)
		}
	}
	return []stanzaSection{
		{"media connection: query", "media_conn", func(t *testing.T, s *service) {
			_, err := s.client.UploadMedia(t.Context(), bytes.NewReader(content(1000)), whatsmeow.MediaImage)
			require.NoError(t, err)
		}},
		{"cover photo of a business: set and removed", "business_profile", func(t *testing.T, s *service) {
			photo, err := s.client.UploadCoverPhoto(t.Context(), bytes.NewReader(content(1000)))
			require.NoError(t, err)
			require.NoError(t, s.client.SetCoverPhoto(t.Context(), photo))
			require.NoError(t, s.client.RemoveCoverPhoto(t.Context(), photo.ID))
		}},
		{"media that has expired, from a person: request to the phone", "encrypt", reupload(retry.Request{Chat: chat})},
		{"media that has expired, to a person: request to the phone", "encrypt", reupload(retry.Request{Chat: chat, FromMe: true})},
		{"media that has expired, from a group: request to the phone", "encrypt", reupload(retry.Request{Chat: group, Participant: chat})},
		{"history that has expired: request to the phone", "encrypt", func(t *testing.T, s *service) {
			notif := s.postedHistory(t, "Ada")
			s.Forget(notif.GetDirectPath(), 410)
			s.SetPhone(wamediaxtest.PhoneWith(nil))
			_, err := s.client.DownloadHistorySync(t.Context(), notif, true, wamediax.WithReupload(&types.MessageInfo{ID: "3EB0C0FFEE"}))
			require.ErrorIs(t, err, wamediax.ErrGone)
		}},
	}
}

// stanzasWire returns the section's stanzas.
func stanzasWire(t *testing.T, section stanzaSection) string {
	t.Helper()
	s := newService(t)
	section.run(t, s)
	own := strings.NewReplacer(s.client.Store.GetJID().ToNonAD().String(), "{own account}")
	var text strings.Builder
	for _, node := range s.Nodes() {
		if len(node.GetChildrenByTag(section.child)) > 0 {
			text.WriteString(stanzaForm(node, "", own))
		}
	}
	return text.String()
}

// stanzaForm is a stanza with names in place of what is different each time.
func stanzaForm(node waBinary.Node, indent string, names *strings.Replacer) string {
	var text strings.Builder
	fmt.Fprintf(&text, "%s<%s", indent, node.Tag)
	for _, name := range slices.Sorted(maps.Keys(node.Attrs)) {
		value := names.Replace(fmt.Sprint(node.Attrs[name]))
		if name == "ts" || name == "token" || name == "id" && node.Tag != "receipt" {
			value = "{" + name + "}"
		}
		fmt.Fprintf(&text, " %s=%q", name, value)
	}
	text.WriteString(">")
	if data, ok := node.Content.([]byte); ok {
		fmt.Fprintf(&text, "{%d bytes}", len(data))
	}
	text.WriteString("\n")
	for _, child := range node.GetChildren() {
		text.WriteString(stanzaForm(child, indent+"  ", names))
	}
	return text.String()
}

// messagesWire lists how whatsmeow labels the messages of each kind, and those that are not of one
// kind.
func messagesWire(t *testing.T) string {
	t.Helper()
	c := newCorrespondents(t, wamediax.WithPreviewer(preview.New()))
	media := func(file string, opts ...wamediax.SendOption) func(types.JID) error {
		return func(to types.JID) error {
			src, _ := testFile(t, file)
			_, err := c.client.SendMedia(t.Context(), to, src, opts...)
			return err
		}
	}
	pack := func(to types.JID) error {
		opts := []wamediax.UploadOption{wamediax.As(wamediax.KindStickerPack)}
		if to == c.newsletter {
			opts = append(opts, wamediax.ForNewsletter())
		}
		up, err := c.client.UploadMedia(t.Context(), bytes.NewReader(content(1000)), whatsmeow.MediaStickerPack, opts...)
		require.NoError(t, err)
		msg := &waE2E.Message{StickerPackMessage: &waE2E.StickerPackMessage{DirectPath: &up.DirectPath}}
		_, err = c.client.SendMessage(t.Context(), to, msg, whatsmeow.SendRequestExtra{MediaHandle: up.Handle})
		return err
	}
	link := func(to types.JID) error {
		msg := &waE2E.Message{ExtendedTextMessage: &waE2E.ExtendedTextMessage{Title: new("title")}}
		_, err := c.client.SendMessage(t.Context(), to, msg)
		return err
	}
	album := func(to types.JID) error {
		items, _ := albumOf(t, "exif1.jpg", "movie.mp4")
		_, err := c.client.SendAlbum(t.Context(), to, items)
		return err
	}
	hd := func(to types.JID) error {
		_, err := c.client.SendMedia(t.Context(), to, bytes.NewReader(pngOf(t, 1700, 10)), wamediax.WithHD())
		return err
	}
	everywhere := []types.JID{c.person, c.group, c.newsletter}
	var text strings.Builder
	listed := 0
	for _, test := range []struct {
		title string
		to    []types.JID
		send  func(types.JID) error
	}{
		{"image", everywhere, media("exif6.jpg")},
		{"sticker", everywhere, media("picture.webp", wamediax.AsSticker())},
		{"video", everywhere, media("movie.mp4")},
		{"gif", everywhere, media("silent.mp4", wamediax.AsGIF())},
		{"ptv", everywhere, media("movie.mp4", wamediax.AsRoundVideo())},
		{"audio", everywhere, media("plain.mp3")},
		{"ptt", everywhere, media("silk.opus", wamediax.AsVoice())},
		{"document", everywhere, media("plain.pdf")},
		{"document with a caption", everywhere, media("plain.pdf", wamediax.WithCaption("read this"))},
		{"sticker pack", everywhere, pack},
		{"link preview", everywhere, link},
		{"view-once image", []types.JID{c.person, c.group}, media("exif6.jpg", wamediax.WithViewOnce())},
		{"album", []types.JID{c.person, c.group}, album},
		{"HD image", []types.JID{c.person, c.group}, hd},
	} {
		for _, to := range test.to {
			require.NoError(t, test.send(to), "%s to %s", test.title, to)
			messages := c.Messages()
			for _, msg := range messages[listed:] {
				fmt.Fprintf(&text, "%s to %s: type=%s", test.title, place(to), msg.Type)
				if msg.MediaType != "" {
					fmt.Fprintf(&text, " mediatype=%s", msg.MediaType)
				}
				if msg.MediaHandle != "" {
					text.WriteString(" media_id={handle}")
				}
				text.WriteString("\n")
			}
			listed = len(messages)
		}
	}
	return text.String()
}

func place(chat types.JID) string {
	switch chat.Server {
	case types.GroupServer:
		return "a group"
	case types.NewsletterServer:
		return "a newsletter"
	default:
		return "a person"
	}
}
