package wamediaxtest

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest/internal/authority"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest/internal/cdn"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest/internal/chat"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest/internal/pending"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest/internal/socket"
)

// Server is a WhatsApp service for tests: the websocket that clients log in to, and the media hosts
// for uploads and downloads. It listens on one port of the loopback interface. Create it with
// [NewServer]. Its methods may be called from any goroutine.
type Server struct {
	cdn  *cdn.CDN      // the media hosts
	chat *chat.Service // the websocket

	authority *authority.Authority
	listener  net.Listener
	http      *http.Server
	served    chan struct{} // closed when the listener's goroutine has ended
	transport *http.Transport

	closeOnce sync.Once
	requests  pending.Set  // to media hosts
	hangUps   pending.Set  // clients of NewClient that Close ends
	report    func(string) // takes what Close is waiting for

	mu      sync.Mutex
	closed  bool
	clients []*managedClient
}

// reportAfter is how long Close waits before it reports what it is waiting for.
const reportAfter = 5 * time.Second

// Option configures [NewServer].
type Option func(*Server)

// WithMediaConn calls [Server.SetMediaConn] before any client can connect.
func WithMediaConn(conf MediaConn) Option {
	return func(s *Server) { s.SetMediaConn(conf) }
}

// NewServer starts a server on a free port of the loopback interface, and panics if that fails. The
// caller must call [Server.Close].
//
// While any server of the process is open, whatsmeow.WACertPubKey holds the root key of this
// package, and clients of the process cannot log in to the real WhatsApp.
func NewServer(opts ...Option) *Server {
	s, err := newServer(opts)
	if err != nil {
		panic(fmt.Sprintf("wamediaxtest: failed to start a server: %v", err))
	}
	return s
}

func newServer(opts []Option) (*Server, error) {
	dialect, err := dialectOfEnv()
	if err != nil {
		return nil, err
	}
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
	hosts := cdn.New()
	s := &Server{
		cdn:       hosts,
		chat:      chat.New(identity, hosts),
		authority: certificates,
		listener:  listener,
		served:    make(chan struct{}),
		report:    func(message string) { log.Print(message) },
	}
	s.transport = newTransport(listener.Addr().String(), certificates.Certificate())
	s.SetMediaConn(MediaConn{})
	s.SetDialect(dialect)
	for _, opt := range opts {
		if opt != nil {
			opt(s)
		}
	}
	s.http = &http.Server{
		Handler:   s,
		TLSConfig: &tls.Config{GetCertificate: certificates.Issue},
		ErrorLog:  log.New(io.Discard, "", 0),

		ConnContext: cdn.KeepConn,
	}
	go func() {
		defer close(s.served)
		_ = s.http.ServeTLS(listener, "", "") // returns after Close; nothing else ends it
	}()
	return s, nil
}

// newTransport returns a transport that connects every host name to address, and trusts
// certificates signed by root.
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

// ServeHTTP serves the websocket at /ws/chat. Every other path belongs to the media host that the
// request names.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		http.Error(w, "the server is closed", http.StatusServiceUnavailable)
		return
	}
	if r.URL.Path == "/ws/chat" {
		s.mu.Unlock()
		s.chat.ServeHTTP(w, r)
		return
	}
	end := s.requests.Begin(func() string { // without the query, which has the auth token
		return fmt.Sprintf("%s https://%s%s, from %s", r.Method, r.Host, r.URL.EscapedPath(), r.RemoteAddr)
	})
	s.mu.Unlock()
	defer end()
	s.cdn.ServeHTTP(w, r)
}

// HTTPClient returns a client that trusts the server and connects every host name to it, with
// HTTP/1.1 or HTTP/2. The clients of [Server.NewClient] use its transport. For other whatsmeow
// clients, pass it to SetWebsocketHTTPClient, SetPreLoginHTTPClient and SetMediaHTTPClient, or use
// [Server.InstallDefaultTransport] before they are constructed.
func (s *Server) HTTPClient() *http.Client {
	return &http.Client{Transport: s.transport}
}

// Close disconnects the clients of [Server.NewClient], closes their databases, ends all other
// connections, and waits until every request has ended and every [Phone] has returned. If that
// takes more than 5 s, it logs with package log which clients, requests, sockets and phones it is
// waiting for. Closing the last open server of the process restores whatsmeow.WACertPubKey. Further
// calls do nothing.
func (s *Server) Close() {
	s.closeOnce.Do(s.shutDown)
}

func (s *Server) shutDown() {
	s.mu.Lock()
	s.closed = true
	clients := s.clients
	s.mu.Unlock()
	blocked := time.AfterFunc(reportAfter, s.reportBlocked)
	defer blocked.Stop()
	s.chat.Stop()
	s.cdn.Close()

	// A whatsmeow client leaks a goroutine if its socket ends during the handshake or while a frame
	// is on its way to it. So the clients finish their logins and read what was sent before they
	// disconnect.
	idle := s.chat.Quiesce()
	for _, client := range clients {
		end := s.hangUps.Begin(func() string { return fmt.Sprintf("the client %s, to disconnect and close its database", client.jid) })
		go func() {
			defer end()
			client.close(idle[client.jid])
		}()
	}
	s.hangUps.Wait()

	s.chat.Cut()
	_ = s.http.Close()
	s.requests.Wait()
	s.chat.Wait()
	<-s.served
	s.transport.CloseIdleConnections()
	socket.CloseRoot()
}

// reportBlocked logs what Close is waiting for.
func (s *Server) reportBlocked() {
	waiting := slices.Concat(s.hangUps.Names(), s.requests.Names(), s.chat.Pending())
	if len(waiting) == 0 {
		return // it is about to return
	}
	s.report(fmt.Sprintf("wamediaxtest: Server.Close has waited %s for:\n\t%s", reportAfter, strings.Join(waiting, "\n\t")))
}
