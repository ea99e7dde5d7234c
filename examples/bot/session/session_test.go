package session

import (
	"bytes"
	"context"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow"
	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/types/events"
	waLog "go.mau.fi/whatsmeow/util/log"
	"go.uber.org/goleak"

	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is the time after which a waiting test fails.
const patience = 90 * time.Second

func wait[T any](t testing.TB, from <-chan T) T {
	t.Helper()
	select {
	case got := <-from:
		return got
	case <-time.After(patience):
		require.FailNow(t, "nothing arrived")
		panic("unreachable")
	}
}

// stage is a WhatsApp service and the database of a bot.
type stage struct {
	*testing.T
	srv  *wamediaxtest.Server
	path string
}

func newStage(t *testing.T) *stage {
	srv := wamediaxtest.NewServer()
	t.Cleanup(srv.Close)
	return &stage{t, srv, filepath.Join(t.TempDir(), "bot.db")}
}

// running is a running Session. It is also its Screen.
type running struct {
	s         *stage
	cancel    context.CancelFunc
	client    *whatsmeow.Client
	connected chan struct{}
	qr, code  chan string
	ended     chan error
	logs      *watcher
}

func (r *running) QR(code string, _ time.Duration) { r.qr <- code }
func (r *running) Code(_, code string)             { r.code <- code }
func (r *running) Paired()                         {}

// watcher reports when a text is logged.
type watcher struct {
	mu   sync.Mutex
	text string
	seen chan struct{}
}

func (w *watcher) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.text != "" && bytes.Contains(p, []byte(w.text)) {
		w.text = ""
		close(w.seen)
	}
	return len(p), nil
}

// start opens the database and runs a session on it.
func (s *stage) start(phone string, logged ...string) *running {
	ctx, cancel := context.WithCancel(s.Context())
	r := &running{s: s, cancel: cancel, connected: make(chan struct{}, 100), qr: make(chan string, 10),
		code: make(chan string, 1), ended: make(chan error, 1), logs: &watcher{text: strings.Join(logged, ""), seen: make(chan struct{})}}
	db, err := Open(s.Context(), s.path, waLog.Noop)
	require.NoError(s, err)
	device, err := db.Device(s.Context())
	require.NoError(s, err)
	log := zerolog.New(r.logs)
	r.client = whatsmeow.NewClient(device, waLog.Zerolog(log))
	r.client.SetPreLoginHTTPClient(s.srv.HTTPClient())
	r.client.SetWebsocketHTTPClient(s.srv.HTTPClient())
	r.client.AddEventHandler(func(evt any) {
		if _, ok := evt.(*events.Connected); ok {
			r.connected <- struct{}{}
		}
	})
	session := New(db, r.client, Config{Screen: r, Phone: phone, Log: log})
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		err := session.Run(ctx)
		s.srv.Disconnect(r.client) // waits for whatsmeow's goroutines
		session.Close()
		if closed := db.Close(); err == nil {
			err = closed
		}
		r.ended <- err
	}()
	s.Cleanup(func() { cancel(); <-gone })
	return r
}

// paired starts a session and scans its code, and returns when it is connected.
func (s *stage) paired() *running {
	r := s.start("")
	_, err := s.srv.Scan(s.Context(), wait(s, r.qr))
	require.NoError(s, err)
	wait(s, r.connected)
	return r
}

// stop interrupts the session and returns its error.
func (r *running) stop() error {
	r.cancel()
	return wait(r.s, r.ended)
}

func TestSessionIsPairedOnceByQRCode(t *testing.T) {
	s := newStage(t)
	r := s.paired()
	require.NoError(t, r.stop())
	r = s.start("")
	wait(t, r.connected)
	require.Empty(t, r.qr, "it is still paired")
	require.NoError(t, r.stop())
}

func TestSessionIsPairedByPhoneNumber(t *testing.T) {
	s := newStage(t)
	const phone = "15550009999"
	r := s.start(phone)
	jid, err := s.srv.EnterCode(t.Context(), phone, wait(t, r.code))
	require.NoError(t, err)
	require.Equal(t, phone, jid.User)
	wait(t, r.connected)
	require.Empty(t, r.qr)
	require.NoError(t, r.stop())
}

func TestFailedPairingIsExplained(t *testing.T) {
	s := newStage(t)
	r := s.start("")
	wait(t, r.qr)
	require.EqualError(t, r.stop(), "pairing was interrupted: nothing is paired")

	r = s.start("")
	wait(t, r.qr)
	s.srv.DropConnections()
	require.ErrorContains(t, wait(t, r.ended), "pairing timed out or the connection broke")

	s.srv.RefuseConnections(true)
	r = s.start("")
	require.ErrorContains(t, wait(t, r.ended), "failed to connect to WhatsApp")
}

func TestSessionReconnects(t *testing.T) {
	s := newStage(t)
	r := s.paired()
	for range 2 {
		s.srv.DropConnections()
		wait(t, r.connected)
	}
	require.NoError(t, r.stop())
}

func TestPairedSessionWaitsForANetwork(t *testing.T) {
	s := newStage(t)
	require.NoError(t, s.paired().stop())
	s.srv.RefuseConnections(true)
	r := s.start("", "Initial connection failed")
	wait(t, r.logs.seen)
	s.srv.RefuseConnections(false)
	wait(t, r.connected)
	require.NoError(t, r.stop())
}

func TestSessionEndsWhenWhatsAppDoesNotAcceptIt(t *testing.T) {
	s := newStage(t)
	r := s.paired()
	require.NoError(t, s.srv.Send(r.client.Store.GetJID(), waBinary.Node{Tag: "stream:error", Content: []waBinary.Node{{
		Tag: "conflict", Attrs: waBinary.Attrs{"type": "replaced"}}}}))
	require.ErrorContains(t, wait(t, r.ended), "another program connected as this device")

	r = s.start("")
	wait(t, r.connected) // the session is still good
	require.NoError(t, s.srv.Send(r.client.Store.GetJID(), waBinary.Node{Tag: "failure", Attrs: waBinary.Attrs{"reason": "405"}}))
	require.ErrorIs(t, wait(t, r.ended), ErrOutdated)

	r = s.start("")
	wait(t, r.connected)
	require.NoError(t, s.srv.Unlink(r.client.Store.GetJID()))
	require.ErrorIs(t, wait(t, r.ended), ErrLoggedOut)

	r = s.start("")
	require.NotEmpty(t, wait(t, r.qr), "it must be paired again")
	require.Error(t, r.stop())
}

func TestTerminalShowsCodes(t *testing.T) {
	var out bytes.Buffer
	screen := Terminal(&out)
	screen.QR("2@some,code", 20*time.Second)
	require.Contains(t, out.String(), "Linked devices")
	require.Contains(t, out.String(), "▀")
	require.Contains(t, out.String(), "Valid for 20 seconds")
	out.Reset()
	screen.Code("15550009999", "ABCD-EFGH")
	require.Contains(t, out.String(), "15550009999")
	require.Contains(t, out.String(), "ABCD-EFGH")
	require.NotContains(t, out.String(), "▀")
}
