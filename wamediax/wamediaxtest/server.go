package wamediaxtest

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"maps"
	"net"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"
	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/types"

	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest/internal/account"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest/internal/authority"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest/internal/cdn"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest/internal/socket"
)

// Server is a WhatsApp service for tests: the websocket that clients log in to, and the hosts that they load media to and
// from. All of it listens on one port of the loopback interface. Make one with NewServer; every method may be called from
// any goroutine.
type Server struct {
	cdn      *cdn.CDN // the media hosts
	accounts *account.Book
	lastID   atomic.Int64 // of the server's own stanzas

	authority *authority.Authority
	identity  *socket.Identity
	listener  net.Listener
	http      *http.Server
	served    chan struct{} // closed when the listener's goroutine has ended
	transport *http.Transport

	ctx       context.Context // done when what is still connected must end
	cancel    context.CancelFunc
	closeOnce sync.Once
	closing   context.Context    // done when Close begins
	beginEnd  context.CancelFunc // ends closing
	handlers  sync.WaitGroup     // requests and sockets that are being served
	logins    sync.WaitGroup     // sockets whose client has not yet finished its login
	held      sync.WaitGroup     // answers that are held back

	mu             sync.Mutex
	closed         bool
	refusing       bool
	drops          int // how often DropConnections was called
	sessions       map[*session]struct{}
	clients        []*handedOut
	nodes          []waBinary.Node
	mediaConn      MediaConn
	mediaConnCount int
	phone          Phone
	coverPhotos    map[string]string // ids, by phone number
	pairings       []*pairing        // clients that are, or were, to be paired
}

// Option changes how NewServer makes a server.
type Option func(*Server)

// WithMediaConn is SetMediaConn before the first client can ask.
func WithMediaConn(conf MediaConn) Option {
	return func(s *Server) { s.mediaConn = conf }
}

// patience is how long Close waits for each thing that a client does at once unless something is wrong with it.
const patience = 2 * time.Second

// NewServer starts a service on a free port of the loopback interface. It panics if it cannot. The caller must call Close.
//
// From the first server's start to the last one's end, whatsmeow.WACertPubKey holds the key of this package's own root:
// a client of this process cannot log in to the real WhatsApp meanwhile.
func NewServer(opts ...Option) *Server {
	s, err := newServer(opts)
	if err != nil {
		panic(fmt.Sprintf("wamediaxtest: failed to start a server: %v", err))
	}
	return s
}

func newServer(opts []Option) (*Server, error) {
	certificates, err := authority.New()
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	root, err := socket.OpenRoot()
	if err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	identity, err := socket.NewIdentity(root)
	if err != nil {
		socket.CloseRoot()
		return nil, errors.Join(err, listener.Close())
	}
	s := &Server{
		cdn:       cdn.New(),
		authority: certificates,
		identity:  identity,
		listener:  listener,
		served:    make(chan struct{}),
		sessions:  make(map[*session]struct{}),

		coverPhotos: make(map[string]string),
	}
	s.accounts = account.NewBook(s.newID)
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.closing, s.beginEnd = context.WithCancel(context.Background())
	s.transport = newTransport(listener.Addr().String(), certificates.Certificate())
	for _, opt := range opts {
		opt(s)
	}
	s.http = &http.Server{
		Handler:   s,
		TLSConfig: &tls.Config{GetCertificate: certificates.Issue},
		ErrorLog:  log.New(io.Discard, "", 0),

		ConnContext: cdn.KeepConn,
	}
	go func() {
		defer close(s.served)
		_ = s.http.ServeTLS(listener, "", "") // ends with Close, and has no other error on a listener of our own
	}()
	return s, nil
}

// newTransport reaches the server at address under every host name, and trusts what root has signed.
func newTransport(address string, root *x509.Certificate) *http.Transport {
	trusted := x509.NewCertPool()
	trusted.AddCert(root)
	return &http.Transport{
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, address)
		},
		TLSClientConfig:   &tls.Config{RootCAs: trusted},
		ForceAttemptHTTP2: true,
	}
}

// ServeHTTP answers the websocket at /ws/chat and, for every other path, the media host that the request is addressed to.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		http.Error(w, "the server is closed", http.StatusServiceUnavailable)
		return
	}
	s.handlers.Add(1)
	s.mu.Unlock()
	defer s.handlers.Done()

	if r.URL.Path == "/ws/chat" {
		s.serveSocket(w, r)
	} else {
		s.cdn.ServeHTTP(w, r)
	}
}

func (s *Server) serveSocket(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	if s.closed || s.refusing {
		s.mu.Unlock()
		http.Error(w, "no new connections for now", http.StatusServiceUnavailable)
		return
	}
	s.logins.Add(1)
	c := &session{server: s, drops: s.drops, mail: make(chan struct{}, 1)}
	s.mu.Unlock()
	loggedIn := sync.OnceFunc(s.logins.Done)
	defer loggedIn()

	ws, err := websocket.Accept(w, r, &websocket.AcceptOptions{InsecureSkipVerify: true}) // the origin is WhatsApp's
	if err != nil {
		return
	}
	defer ws.CloseNow()
	ctx, cancel := context.WithCancel(s.ctx)
	defer cancel()
	c.ctx, c.loggedIn = ctx, loggedIn
	c.run(ws)
	cancel()
	c.mailman.Wait()
}

// makeReachable makes c known to Send. It comes before the answer that ends the login: whoever acts on that finds c here.
func (s *Server) makeReachable(c *session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sessions[c] = struct{}{}
}

// establish counts c among the sockets that can be cut. It reports false if DropConnections has been called since c came.
func (s *Server) establish(c *session) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	c.established = true
	return c.drops == s.drops
}

func (s *Server) forget(c *session) {
	if c.device != nil {
		s.accounts.Leave(c.device, c)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.sessions, c)
}

// reachable returns every session that Send can reach, established those of them that are past their login.
func (s *Server) reachable() []*session {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Collect(maps.Keys(s.sessions))
}

func (s *Server) established() []*session {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.DeleteFunc(slices.Collect(maps.Keys(s.sessions)), func(c *session) bool { return !c.established })
}

// HTTPClient returns a client that trusts the server and reaches it under every host name, by HTTP/1.1 or HTTP/2. The
// clients that NewClient hands out use the same one for their websocket and for media; set it on others with whatsmeow's
// SetWebsocketHTTPClient, SetPreLoginHTTPClient and SetMediaHTTPClient.
func (s *Server) HTTPClient() *http.Client {
	return &http.Client{Transport: s.transport}
}

// Nodes returns every stanza that clients have sent after their login, decoded, in the order in which they came.
// What is in them is shared by all copies: do not modify it.
func (s *Server) Nodes() []waBinary.Node {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]waBinary.Node(nil), s.nodes...)
}

func (s *Server) record(node *waBinary.Node) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.nodes = append(s.nodes, *node)
}

// DropConnections cuts every client's socket without a word, as a network does that fails. whatsmeow connects again at
// once, and if that fails, after 2, 4, 6 … seconds. A client that is just logging in is cut as soon as it has.
//
// A query that is in flight is sent once more by whatsmeow when the client is back, unless it was made with NoRetry. That
// code of whatsmeow's is not clean under the race detector.
func (s *Server) DropConnections() {
	s.mu.Lock()
	s.drops++
	s.mu.Unlock()
	for _, c := range s.established() {
		c.conn.CloseNow()
	}
}

// RefuseConnections answers new sockets with status 503, until it is called with false. Sockets that are open stay open.
func (s *Server) RefuseConnections(refuse bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refusing = refuse
}

// Close disconnects the clients that NewClient handed out, closes their databases, ends every other connection and waits
// for what was being served. With the last open server of the process, whatsmeow.WACertPubKey becomes what it was. Calling
// it again does nothing.
func (s *Server) Close() {
	s.closeOnce.Do(s.shutDown)
}

func (s *Server) shutDown() {
	s.mu.Lock()
	s.closed = true
	clients := s.clients
	s.mu.Unlock()
	s.beginEnd()
	s.cdn.Close()

	// A whatsmeow client leaks a goroutine when its socket ends in the middle of a handshake or while a frame is on its way
	// to it. So those who are logging in may finish, and everyone takes in what was sent before the clients hang up.
	waitAtMost(&s.logins, patience)
	waitAtMost(&s.held, patience)
	idle := s.quiesce()
	var closing sync.WaitGroup
	for _, client := range clients {
		closing.Go(func() { client.close(idle[client.jid]) })
	}
	closing.Wait()

	s.cancel()
	_ = s.http.Close()
	s.handlers.Wait()
	<-s.served
	s.transport.CloseIdleConnections()
	socket.CloseRoot()
}

// quiesce ends what is sent over the sockets, and returns the devices that have taken in what was sent before.
func (s *Server) quiesce() map[types.JID]bool {
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

// waitAtMost waits until wg is done, but not longer than limit.
func waitAtMost(wg *sync.WaitGroup, limit time.Duration) {
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
