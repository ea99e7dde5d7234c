package chat

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"
	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/types"

	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest/internal/account"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest/internal/cdn"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest/internal/pending"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest/internal/socket"
)

// Patience limits how long the service waits for something that a working client does immediately.
const Patience = 2 * time.Second

// Service serves the clients' websockets. It is safe for concurrent use.
type Service struct {
	Accounts *account.Book
	Identity *socket.Identity // the service's identity; set it before the first client connects

	cdn    *cdn.CDN
	lastID atomic.Int64 // of the service's own stanzas

	ctx      context.Context // done when all connections must end
	cancel   context.CancelFunc
	closing  context.Context    // done when Stop is called
	beginEnd context.CancelFunc // ends closing
	logins   sync.WaitGroup     // sockets whose client has not yet finished its login
	sockets  pending.Set
	held     pending.Set // held responses and running phones

	mu              sync.Mutex
	messagesChanged chan struct{} // closed and replaced when messages changes
	closed          bool
	refusing        bool
	drops           int // number of DropConnections calls
	sessions        map[*session]struct{}
	nodes           []waBinary.Node
	messages        []*Message
	messageFaults   []*MessageFault
	mediaConn       MediaConn
	mediaConnCount  int
	phone           Phone
	coverPhotos     map[string]string // ids, by phone number
	pairings        []*pairing        // clients that are, or were, to be paired
}

// New starts a service. It uses the auth tokens and cover photos of hosts. The caller must call
// Stop and then Cut.
func New(identity *socket.Identity, hosts *cdn.CDN) *Service {
	s := &Service{
		Identity:        identity,
		cdn:             hosts,
		sessions:        make(map[*session]struct{}),
		messagesChanged: make(chan struct{}),
		coverPhotos:     make(map[string]string),
	}
	s.Accounts = account.NewBook(s.newID)
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.closing, s.beginEnd = context.WithCancel(context.Background())
	return s
}

// ServeHTTP serves the websocket of one client, at /ws/chat.
func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	if s.closed || s.refusing {
		s.mu.Unlock()
		http.Error(w, "no new connections for now", http.StatusServiceUnavailable)
		return
	}
	s.logins.Add(1)
	c := &session{server: s, from: r.RemoteAddr, drops: s.drops, mail: make(chan struct{}, 1)}
	defer s.sockets.Begin(c.String)()
	s.mu.Unlock()
	loggedIn := sync.OnceFunc(s.logins.Done)
	defer loggedIn()

	// the origin is WhatsApp's
	ws, err := websocket.Accept(w, r, &websocket.AcceptOptions{InsecureSkipVerify: true})
	if err != nil {
		return
	}
	defer ws.CloseNow()
	ctx, cancel := context.WithCancel(s.ctx)
	defer cancel()
	c.ctx, c.loggedIn = ctx, loggedIn
	c.run(ws)
	cancel()
	c.mailers.Wait()
}

// makeReachable makes c available to Send. It is called before the response that ends the login, so
// that Send finds c as soon as the client is logged in.
func (s *Service) makeReachable(c *session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sessions[c] = struct{}{}
}

// establish adds c to the sockets that can be cut. It returns false if DropConnections has been
// called since c connected.
func (s *Service) establish(c *session) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	c.established = true
	return c.drops == s.drops
}

func (s *Service) forget(c *session) {
	if c.device != nil {
		s.Accounts.Leave(c.device, c)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.sessions, c)
}

// reachable returns every session that Send can reach, and established those of them that have
// finished their login.
func (s *Service) reachable() []*session {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Collect(maps.Keys(s.sessions))
}

func (s *Service) established() []*session {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.DeleteFunc(slices.Collect(maps.Keys(s.sessions)), func(c *session) bool { return !c.established })
}

// Nodes implements Server.Nodes of wamediaxtest.
func (s *Service) Nodes() []waBinary.Node {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]waBinary.Node(nil), s.nodes...)
}

func (s *Service) record(node *waBinary.Node) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.nodes = append(s.nodes, *node)
}

// DropConnections implements Server.DropConnections of wamediaxtest.
func (s *Service) DropConnections() {
	s.mu.Lock()
	s.drops++
	s.mu.Unlock()
	for _, c := range s.established() {
		c.conn.CloseNow()
	}
}

// RefuseConnections implements Server.RefuseConnections of wamediaxtest.
func (s *Service) RefuseConnections(refuse bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refusing = refuse
}

// Stop rejects new sockets and ends held responses.
func (s *Service) Stop() {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.beginEnd()
}

// Quiesce stops sending on all sockets, and returns the devices that have read everything sent
// before. It lets clients finish their login: whatsmeow leaks a goroutine if its socket ends during
// a handshake.
func (s *Service) Quiesce() map[types.JID]bool {
	waitAtMost(&s.logins, Patience)
	waitAtMost(&s.held, Patience)
	sessions := s.established()
	quiet := make([]bool, len(sessions))
	var pings sync.WaitGroup
	for i, c := range sessions {
		pings.Go(func() { quiet[i] = c.quiesce() })
	}
	pings.Wait()
	idle := make(map[types.JID]bool)
	for i, c := range sessions {
		if quiet[i] {
			idle[c.jid] = true
		}
	}
	return idle
}

// Cut ends every socket.
func (s *Service) Cut() {
	s.cancel()
}

// Wait waits, after Stop and Cut, until every socket has ended and every phone has returned.
func (s *Service) Wait() {
	s.sockets.Wait()
	s.held.Wait()
}

// Pending returns the names of what Wait would wait for.
func (s *Service) Pending() []string {
	return append(s.sockets.Names(), s.held.Names()...)
}

// waitAtMost waits for wg, but no longer than limit.
func waitAtMost(wg interface{ Wait() }, limit time.Duration) {
	done := make(chan struct{})
	go func() {
		wg.Wait()
		close(done)
	}()
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-done:
	case <-timer.C:
	}
}
