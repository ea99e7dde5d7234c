package command

import (
	"bytes"
	"os"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"
	"google.golang.org/protobuf/proto"

	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

// document returns a message with a document that this person uploaded with plain whatsmeow.
func (p *person) document(name string, content []byte) *waE2E.Message {
	up, err := p.Upload(p.s.Context(), content, whatsmeow.MediaDocument)
	require.NoError(p.s, err)
	return &waE2E.Message{DocumentMessage: &waE2E.DocumentMessage{
		URL: &up.URL, DirectPath: &up.DirectPath, MediaKey: up.MediaKey, FileEncSHA256: up.FileEncSHA256, FileSHA256: up.FileSHA256,
		FileLength: &up.FileLength, Mimetype: proto.String("text/plain"), FileName: proto.String(name),
	}}
}

// replies sends a command as the reply to a message.
func (p *person) replies(command string, id types.MessageID, sender types.JID, quoted *waE2E.Message) string {
	p.send(&waE2E.Message{ExtendedTextMessage: &waE2E.ExtendedTextMessage{Text: proto.String(command), ContextInfo: &waE2E.ContextInfo{
		StanzaID: &id, Participant: proto.String(sender.ToNonAD().String()), QuotedMessage: quoted,
	}}})
	return p.hears().Message.GetExtendedTextMessage().GetText()
}

func (s *stage) read(name string) string {
	data, err := os.ReadFile(s.path(name))
	require.NoError(s, err)
	return string(data)
}

func TestMediaIsSaved(t *testing.T) {
	s := newStage(t)
	r := s.start()
	s.write("report.txt", []byte("this one was here before"))
	doc := s.ann.document("../report.txt", []byte("what Ann sends"))
	id := s.ann.send(doc)
	require.Equal(t, "Saved as report-2.txt (14 B).", s.ann.replies("!save", id, annPhone, doc))
	require.Equal(t, "Saved as report-3.txt (14 B).", s.ann.replies("!save", id, annPhone, doc))
	require.Equal(t, "this one was here before", s.read("report.txt"))
	require.Equal(t, "what Ann sends", s.read("report-3.txt"))

	up, err := s.ann.Upload(t.Context(), []byte("a voice"), whatsmeow.MediaAudio)
	require.NoError(t, err)
	voice := &waE2E.Message{AudioMessage: &waE2E.AudioMessage{
		URL: &up.URL, DirectPath: &up.DirectPath, MediaKey: up.MediaKey, FileEncSHA256: up.FileEncSHA256, FileSHA256: up.FileSHA256,
		FileLength: &up.FileLength, Mimetype: proto.String("audio/ogg; codecs=opus"), PTT: proto.Bool(true), MediaKeyTimestamp: proto.Int64(1767225600),
	}}
	id = s.ann.send(voice)
	name := "20260101-000000-" + id + ".oga"
	require.Equal(t, "Saved as "+name+" (7 B).", s.ann.replies("!save", id, annPhone, &waE2E.Message{
		EphemeralMessage: &waE2E.FutureProofMessage{Message: voice}}))
	require.Equal(t, "a voice", s.read(name))

	const what = "Send !save as a reply to a message with media."
	require.Equal(t, what, s.ann.asks("!save"))
	require.Equal(t, what, s.ann.replies("!save", id, annPhone, &waE2E.Message{Conversation: proto.String("words")}))
	require.Equal(t, "The bot cannot tell which message that is.", s.ann.replies("!save", "", annPhone, doc))

	large := s.ann.document("large", make([]byte, 1000))
	large.DocumentMessage.FileLength = proto.Uint64(11 << 20)
	require.Equal(t, "It is larger than the limit, than its message claims, or than WhatsApp accepts.", s.ann.replies("!save", "X", annPhone, large))
	r.stop()

	var names []string
	entries, err := os.ReadDir(s.path())
	require.NoError(t, err)
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	require.ElementsMatch(t, []string{"report.txt", "report-2.txt", "report-3.txt", name}, names, "nothing else is left")
}

func TestExpiredMediaIsSaved(t *testing.T) {
	s := newStage(t)
	s.start()
	doc := s.ann.document("old.txt", bytes.Repeat([]byte("old"), 1000))
	id := s.ann.send(doc)
	object, _ := s.srv.Object(doc.DocumentMessage.GetDirectPath())
	s.srv.Forget(doc.DocumentMessage.GetDirectPath(), 410)
	back := s.srv.Put("document", object.Data)

	require.Equal(t, "It has expired, and the phone no longer has it either.", func() string {
		s.srv.SetPhone(wamediaxtest.PhoneWith(nil))
		return s.ann.replies("!save", id, annPhone, doc)
	}())

	asked := make(chan *wamediaxtest.PhoneRequest, 10)
	has := wamediaxtest.PhoneWith(map[types.MessageID]wamediaxtest.PhoneMedia{id: {MediaKey: doc.DocumentMessage.GetMediaKey(), DirectPath: back}})
	s.srv.SetPhone(func(req *wamediaxtest.PhoneRequest) { asked <- req; has(req) })
	answer := s.ann.replies("!save", id, annPhone, doc)
	require.Regexp(t, regexp.MustCompile(`^Saved as old\.txt .*the phone uploaded it again`), answer)
	require.Equal(t, string(bytes.Repeat([]byte("old"), 1000)), s.read("old.txt"))
	req := wait(t, asked)
	require.False(t, req.FromMe)
	require.Contains(t, []string{annPhone.User, s.ann.Store.LID.User}, req.Chat.User)

	// The phone knows the bot's messages as its own.
	s.write("mine.txt", bytes.Repeat([]byte("mine"), 1000))
	s.ann.say("!send mine.txt")
	mine := s.ann.hears()
	path := mine.Message.GetDocumentMessage().GetDirectPath()
	object, _ = s.srv.Object(path)
	s.srv.Forget(path, 404)
	back = s.srv.Put("document", object.Data)
	has = wamediaxtest.PhoneWith(map[types.MessageID]wamediaxtest.PhoneMedia{
		mine.Info.ID: {MediaKey: mine.Message.GetDocumentMessage().GetMediaKey(), DirectPath: back}})
	require.Contains(t, s.ann.replies("!save", mine.Info.ID, mine.Info.Sender, mine.Message), "Saved as mine-2.txt")
	require.True(t, wait(t, asked).FromMe)
}
