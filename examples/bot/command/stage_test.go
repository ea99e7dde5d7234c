package command

import (
	"bytes"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"
	"go.uber.org/goleak"
	"google.golang.org/protobuf/proto"

	"github.com/wamediax/whatsmeow-ext/examples/bot/guard"
	"github.com/wamediax/whatsmeow-ext/wamediax"
	"github.com/wamediax/whatsmeow-ext/wamediax/resume/filestore"
	"github.com/wamediax/whatsmeow-ext/wamediax/safehttp"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is the time after which a waiting test fails.
const patience = 4 * time.Minute

// stage is a WhatsApp service with a bot's account and media folder, and people who write to it.
type stage struct {
	*testing.T
	srv  *wamediaxtest.Server
	base string // directory of the media folder and the resume store
	bot  types.JID
	cli  *whatsmeow.Client // the bot's
	ann  *person           // in -allow
	bob  *person           // not in -allow
}

func newStage(t *testing.T) *stage {
	srv := wamediaxtest.NewServer()
	t.Cleanup(srv.Close)
	s := &stage{T: t, srv: srv, base: t.TempDir(), bot: ownPhone}
	var err error
	s.cli, err = srv.NewClient(t.Context(), wamediaxtest.WithJID(ownPhone))
	require.NoError(t, err)
	require.NoError(t, os.Mkdir(s.path(), 0o700))
	s.ann, s.bob = s.join(annPhone), s.join(bobPhone)
	return s
}

// path returns the path of a file in the media folder.
func (s *stage) path(names ...string) string {
	return filepath.Join(append([]string{s.base, "media"}, names...)...)
}

func (s *stage) write(name string, data []byte) []byte {
	require.NoError(s, os.MkdirAll(filepath.Dir(s.path(name)), 0o700))
	require.NoError(s, os.WriteFile(s.path(name), data, 0o600))
	return data
}

// person is a person with a WhatsApp client.
type person struct {
	*whatsmeow.Client
	s         *stage
	got       chan *events.Message
	connected chan struct{}
}

func (s *stage) join(jid types.JID) *person {
	cli, err := s.srv.NewClient(s.Context(), wamediaxtest.WithJID(jid))
	require.NoError(s, err)
	p := &person{cli, s, make(chan *events.Message, 100), make(chan struct{}, 100)}
	cli.AddEventHandler(func(raw any) {
		switch evt := raw.(type) {
		case *events.Message:
			p.got <- evt
		case *events.Connected:
			p.connected <- struct{}{}
		}
	})
	return p
}

// say sends a text to the bot.
func (p *person) say(text string) { p.send(&waE2E.Message{Conversation: proto.String(text)}) }

func (p *person) send(msg *waE2E.Message) types.MessageID {
	resp, err := p.SendMessage(p.s.Context(), p.s.bot.ToNonAD(), msg)
	require.NoError(p.s, err)
	return resp.ID
}

// hears returns the next message to this person.
func (p *person) hears() *events.Message {
	evt := wait(p.s, p.got)
	require.Equal(p.s, p.s.bot.User, phoneOf(evt), "the sender")
	require.NotContains(p.s, evt.Message.GetExtendedTextMessage().GetText(), p.s.base, "the answer has a path of this machine")
	return evt
}

func phoneOf(evt *events.Message) string {
	if evt.Info.Sender.Server == types.HiddenUserServer {
		return evt.Info.SenderAlt.User
	}
	return evt.Info.Sender.User
}

// asks sends a command and returns the answer.
func (p *person) asks(text string) string {
	p.say(text)
	return p.hears().Message.GetExtendedTextMessage().GetText()
}

// media sends a command and returns the media of the answer, downloaded with plain whatsmeow.
func (p *person) media(command string) (*waE2E.Message, []byte) {
	p.say(command)
	msg := p.hears().Message
	media := wamediax.MediaIn(msg)
	require.NotNil(p.s, media, "%s: %s", command, msg)
	data, err := p.Download(p.s.Context(), media)
	require.NoError(p.s, err)
	return msg, data
}

func wait[T any](t testing.TB, from <-chan T) T {
	t.Helper()
	select {
	case got := <-from:
		return got
	case <-time.After(patience):
		require.FailNow(t, "no message arrived")
		panic("unreachable")
	}
}

// logs is the log of a bot.
type logs struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logs) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *logs) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// running is a Bot that handles the messages to the bot's account.
type running struct {
	*Bot
	logs *logs
	stop func()
}

func (s *stage) start(change ...func(*Config)) *running {
	r := &running{logs: new(logs)}
	media, err := guard.OpenFolder(s.path(), 10<<20)
	require.NoError(s, err)
	store, err := filestore.New(filepath.Join(s.base, "uploads"))
	require.NoError(s, err)
	cfg := Config{
		Media: media, Allow: guard.People{annPhone.User: true}, Web: safehttp.New(loopback()...),
		Timeout: 5 * time.Minute, Log: zerolog.New(r.logs),
	}
	for _, c := range change {
		c(&cfg)
	}
	client := wamediax.Wrap(s.cli, wamediax.WithHTTPClient(s.srv.HTTPClient()), wamediax.WithResumeStore(store), wamediax.WithPreviewer(guard.NewPreviews()))
	r.Bot = New(client, cfg)
	handler := client.AddEventHandler(r.Handle)
	r.stop = sync.OnceFunc(func() {
		r.Stop()
		client.RemoveEventHandler(handler)
		client.Close()
		require.NoError(s, media.Close())
	})
	s.Cleanup(func() {
		r.stop()
		if s.Failed() {
			s.Log(r.logs.String())
		}
	})
	return r
}

var (
	ownPhone = types.JID{User: "15550000001", Device: 7, Server: types.DefaultUserServer}
	annPhone = types.NewJID("15551234567", types.DefaultUserServer)
	bobPhone = types.NewJID("15557654321", types.DefaultUserServer)
)
