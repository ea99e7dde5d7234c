package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow"
	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"
	"google.golang.org/protobuf/proto"

	"github.com/wamediax/whatsmeow-ext/wamediax"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

// patience is how long a test waits for what should be there at once, before it fails.
const patience = 90 * time.Second

// stage is a WhatsApp service with a bot's folder and the people who write to the bot.
type stage struct {
	*testing.T
	srv   *wamediaxtest.Server
	base  string    // the folder in which the bot's database and media folder are
	bot   types.JID // once it is paired
	ann   *person   // who is obeyed
	bob   *person   // who is not
	codes chan [2]string
}

func newStage(t *testing.T) *stage {
	srv := wamediaxtest.NewServer()
	t.Cleanup(srv.Close)
	s := &stage{T: t, srv: srv, base: t.TempDir(), codes: make(chan [2]string, 10)}
	require.NoError(t, os.Mkdir(s.path(), 0o700))
	s.ann, s.bob = s.join(annPhone), s.join(bobPhone)
	return s
}

// path is where a file of the media folder is.
func (s *stage) path(names ...string) string {
	return filepath.Join(append([]string{s.base, "media"}, names...)...)
}

func (s *stage) write(name string, data []byte) []byte {
	require.NoError(s, os.MkdirAll(filepath.Dir(s.path(name)), 0o700))
	require.NoError(s, os.WriteFile(s.path(name), data, 0o600))
	return data
}

// person is somebody with a WhatsApp client.
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
	require.Equal(p.s, p.s.bot.User, phoneOf(evt), "it is from the bot")
	require.NotContains(p.s, evt.Message.GetExtendedTextMessage().GetText(), p.s.base, "nobody needs to know where the files are")
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

// media sends a command and returns the media that comes, loaded by whatsmeow alone.
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
		require.FailNow(t, "nothing came")
		panic("unreachable")
	}
}

// logs is what a bot has written.
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

// running is a bot that runs in this process.
type running struct {
	s      *stage
	cancel context.CancelFunc
	ended  chan error
	gone   chan struct{}
	logs   *logs
	screen *logs
}

func (s *stage) start(change ...func(*config)) *running {
	ctx, cancel := context.WithCancel(s.Context())
	r := &running{s, cancel, make(chan error, 1), make(chan struct{}), new(logs), new(logs)}
	cfg := config{
		db: filepath.Join(s.base, "bot.db"), media: s.path(), allow: map[string]bool{annPhone.User: true}, max: 10 << 20,
		timeout: time.Minute, level: zerolog.InfoLevel, screen: r.screen, logs: r.logs,
		http: s.srv.HTTPClient(), disconnect: s.srv.Disconnect, guard: loopback(), shown: func(qr, code string) { s.codes <- [2]string{qr, code} },
	}
	for _, c := range change {
		c(&cfg)
	}
	go func() {
		defer close(r.gone)
		r.ended <- runBot(ctx, cfg)
	}()
	s.Cleanup(func() {
		cancel()
		<-r.gone
		if s.Failed() {
			s.Log(r.logs.String())
		}
	})
	return r
}

// stop interrupts the bot, and returns what it ends with.
func (r *running) stop() error {
	r.cancel()
	return wait(r.s, r.ended)
}

// paired starts a bot and pairs it, as somebody does who scans the code with the phone.
func (s *stage) paired(change ...func(*config)) *running {
	r := s.start(change...)
	jid, err := s.srv.Scan(s.Context(), wait(s, s.codes)[0])
	require.NoError(s, err)
	s.bot = jid
	return r
}

func TestBotPairsByQRCode(t *testing.T) {
	s := newStage(t)
	r := s.paired()
	require.Contains(t, s.ann.asks("!help"), "*!send PATH or URL*")
	require.Contains(t, r.screen.String(), "Linked devices")
	require.Contains(t, r.screen.String(), "▀")
	require.NoError(t, r.stop())
}

func TestBotPairsByPhoneNumber(t *testing.T) {
	s := newStage(t)
	const phone = "15550009999"
	r := s.start(func(cfg *config) { cfg.phone = phone })
	code := wait(t, s.codes)[1]
	require.Contains(t, r.screen.String(), code)
	require.NotContains(t, r.screen.String(), "▀")
	jid, err := s.srv.EnterCode(t.Context(), phone, code)
	require.NoError(t, err)
	s.bot = jid
	require.Equal(t, phone, jid.User)
	require.Contains(t, s.ann.asks("!status"), "connected")
	require.NoError(t, r.stop())
}

func TestPairingThatDoesNotSucceedSaysSo(t *testing.T) {
	s := newStage(t)
	r := s.start()
	wait(t, s.codes)
	require.EqualError(t, r.stop(), "pairing was interrupted: nothing is paired")

	r = s.start()
	wait(t, s.codes)
	s.srv.DropConnections()
	require.ErrorContains(t, wait(t, r.ended), "pairing timed out, or the connection broke")

	s.srv.RefuseConnections(true)
	r = s.start()
	require.ErrorContains(t, wait(t, r.ended), "failed to connect to WhatsApp")
}

func TestStrangersAreNotAnswered(t *testing.T) {
	s := newStage(t)
	s.paired()
	s.write("a.txt", []byte("a"))
	for _, text := range []string{"!help", "!send a.txt", "!nothing"} {
		s.bob.say(text)
	}
	s.ann.say("Good morning!")
	s.ann.say("!help me")
	require.Contains(t, s.ann.hears().Message.GetExtendedTextMessage().GetText(), "!send")
	require.Empty(t, s.bob.got)
	require.Empty(t, s.ann.got)
	require.Empty(t, s.srv.Requests())
	require.Contains(t, s.ann.asks("!status"), "1 run, 0 failed")
	require.Contains(t, s.ann.asks("!sned a.txt"), "!help")
}

func TestConnectionsThatBreakAreNothing(t *testing.T) {
	s := newStage(t)
	s.paired()
	require.Contains(t, s.ann.asks("!status"), "connection 1")
	for len(s.ann.connected) > 0 {
		<-s.ann.connected
	}
	s.srv.DropConnections()
	wait(t, s.ann.connected)
	require.Contains(t, s.ann.asks("!status"), "connection 2")
}

// watcher tells when a text is written.
type watcher struct {
	io.Writer
	text string
	seen chan struct{}
}

func (w *watcher) Write(p []byte) (int, error) {
	if bytes.Contains(p, []byte(w.text)) {
		w.seen <- struct{}{}
	}
	return w.Writer.Write(p)
}

func TestBotThatIsPairedWaitsForANetwork(t *testing.T) {
	s := newStage(t)
	r := s.paired()
	require.Contains(t, s.ann.asks("!status"), "connected")
	require.NoError(t, r.stop())

	s.srv.RefuseConnections(true)
	refused := &watcher{text: "Initial connection failed", seen: make(chan struct{}, 1)}
	r = s.start(func(cfg *config) { refused.Writer, cfg.logs = cfg.logs, refused })
	wait(t, refused.seen)
	s.srv.RefuseConnections(false)
	require.Contains(t, s.ann.asks("!status"), "connected")
	require.NoError(t, r.stop())
}

func TestMoreCommandsThanThereIsRoomForAreRefused(t *testing.T) {
	s := newStage(t)
	r := s.paired()
	s.write("film.bin", make([]byte, 1<<20))
	s.srv.Inject("", wamediaxtest.Fault{On: wamediaxtest.Uploads, Times: -1, Do: wamediaxtest.StopReading(1000)})
	for range maxRunning + maxWaiting {
		s.ann.say("!send film.bin")
	}
	require.Equal(t, "Busy: try again when something is done.", s.ann.asks("!send film.bin"))
	r.cancel()
	for range maxRunning + maxWaiting {
		require.Equal(t, "Not done: the bot is being stopped.", s.ann.hears().Message.GetExtendedTextMessage().GetText())
	}
	require.NoError(t, r.stop())
}

// TestBotThatIsStoppedGoesOnLater stops the bot in the middle of an upload, and starts it again on the same database.
func TestBotThatIsStoppedGoesOnLater(t *testing.T) {
	s := newStage(t)
	content := s.write("film.bin", bytes.Repeat([]byte("wamediax"), 1<<20))
	r := s.paired()
	s.srv.Inject("", wamediaxtest.Fault{On: wamediaxtest.Uploads, Times: -1, Do: wamediaxtest.StopReading(6 << 20)})
	s.ann.say("!send film.bin")
	require.NoError(t, s.srv.WaitFor(t.Context(), func(requests []wamediaxtest.Request) bool {
		return len(requests) > 0 && requests[len(requests)-1].Held
	}))
	require.NoError(t, r.stop())
	require.Equal(t, "Not done: the bot is being stopped.", s.ann.hears().Message.GetExtendedTextMessage().GetText())
	s.srv.ClearFaults()
	before := s.srv.Received()

	r = s.start()
	msg, data := s.ann.media("!send film.bin")
	require.Equal(t, content, data)
	require.Equal(t, "film.bin", msg.GetDocumentMessage().GetFileName())
	require.Less(t, s.srv.Received()-before, int64(3<<20), "what had arrived is not sent again")
	require.Contains(t, s.ann.asks("!status"), "1 uploads went on")
	before = s.srv.Received()
	_, data = s.ann.media("!send film.bin")
	require.Equal(t, content, data)
	require.Equal(t, before, s.srv.Received(), "nothing is sent again")
	require.Empty(t, s.codes, "it is still paired")
	require.NoError(t, r.stop())

	left, err := filepath.Glob(filepath.Join(s.base, "media", "*"))
	require.NoError(t, err)
	require.Equal(t, []string{s.path("film.bin")}, left)
	hidden, err := filepath.Glob(filepath.Join(s.base, "media", ".*"))
	require.NoError(t, err)
	require.Empty(t, hidden)
}

func TestSecondBotOnTheDatabaseIsRefused(t *testing.T) {
	s := newStage(t)
	s.paired()
	require.ErrorContains(t, wait(t, s.start().ended), "another bot is running on it")
	require.Contains(t, s.ann.asks("!status"), "connected")
}

func TestBotEndsWhenItIsNotWantedAnyMore(t *testing.T) {
	s := newStage(t)
	r := s.paired()
	require.Contains(t, s.ann.asks("!status"), "connected")
	require.NoError(t, s.srv.Send(s.bot, waBinary.Node{Tag: "stream:error", Content: []waBinary.Node{{
		Tag: "conflict", Attrs: waBinary.Attrs{"type": "replaced"}}}}))
	require.ErrorContains(t, wait(t, r.ended), "another program has connected as this device")

	r = s.start()
	require.Contains(t, s.ann.asks("!status"), "connected", "the session is still good")
	require.NoError(t, s.srv.Send(s.bot, waBinary.Node{Tag: "failure", Attrs: waBinary.Attrs{"reason": "405"}}))
	require.ErrorIs(t, wait(t, r.ended), errOutdated)

	r = s.start()
	require.Contains(t, s.ann.asks("!status"), "connected")
	require.NoError(t, s.srv.Unlink(s.bot))
	require.ErrorIs(t, wait(t, r.ended), errLoggedOut)

	r = s.start()
	require.NotEmpty(t, wait(t, s.codes)[0], "it wants to be paired anew")
	require.Error(t, r.stop())
}
