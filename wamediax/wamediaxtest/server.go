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

// Server is a WhatsApp service for tests: the websocket that clients log in to, and the hosts that
// they load media to and from. All of it listens on one port of the loopback interface. Make one
// with NewServer; every method may be called from any goroutine.
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
	clients []*handedOut
}

// reportAfter is how long Close waits before it reports what it is waiting for.
const reportAfter = 5 * time.Second

// Option changes how NewServer makes a server.
type Option func(*Server)

// WithMediaConn is SetMediaConn before the first client can ask.
func WithMediaConn(conf MediaConn) Option {
	return func(s *Server) { s.SetMediaConn(conf) }
}

// NewServer starts a service on a free port of the loopback interface. It panics if it cannot. The
// caller must call Close.
//
// From the first server's start to the last one's end, whatsmeow.WACertPubKey holds the key of this
// package's own root: a client of this process cannot log in to the real WhatsApp meanwhile.
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
		_ = s.http.ServeTLS(listener, "", "") // ends with Close, and has no other error on a listener of our own
	}()
	return s, nil
}

// newTransport reaches the server at address under every host name, and trusts what root has
// signed.
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

// ServeHTTP answers the websocket at /ws/chat and, for every other path, the media host that the
// request is addressed to.
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

// HTTPClient returns a client that trusts the server and reaches it under every host name, by
// HTTP/1.1 or HTTP/2. The clients that NewClient hands out use the same one for their websocket and
// for media; set it on others with whatsmeow's SetWebsocketHTTPClient, SetPreLoginHTTPClient and
// SetMediaHTTPClient.
func (s *Server) HTTPClient() *http.Client {
	return &http.Client{Transport: s.transport}
}

// Close disconnects the clients that NewClient handed out, closes their databases, ends every other
// connection and waits until all requests have ended and all phones have returned. After 5 s it
// logs, by package log, which clients, requests, sockets and phones it is waiting for. With the
// last open server of the process, whatsmeow.WACertPubKey becomes what it was. Calling it again
// does nothing.
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

	// A whatsmeow client leaks a goroutine when its socket ends in the middle of a handshake or
	// while a frame is on its way to it. So those who are logging in may finish, and everyone takes
	// in what was sent before the clients hang up.
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
