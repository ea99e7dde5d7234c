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
	"sync"

	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest/internal/authority"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest/internal/cdn"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest/internal/chat"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest/internal/socket"
)

// Server is a WhatsApp service for tests: the websocket that clients log in to, and the hosts that they load media to and
// from. All of it listens on one port of the loopback interface. Make one with NewServer; every method may be called from
// any goroutine.
type Server struct {
	cdn  *cdn.CDN      // the media hosts
	chat *chat.Service // the websocket

	authority *authority.Authority
	listener  net.Listener
	http      *http.Server
	served    chan struct{} // closed when the listener's goroutine has ended
	transport *http.Transport

	closeOnce sync.Once
	handlers  sync.WaitGroup // requests and sockets that are being served

	mu      sync.Mutex
	closed  bool
	clients []*handedOut
}

// Option changes how NewServer makes a server.
type Option func(*Server)

// WithMediaConn is SetMediaConn before the first client can ask.
func WithMediaConn(conf MediaConn) Option {
	return func(s *Server) { s.SetMediaConn(conf) }
}

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
	hosts := cdn.New()
	s := &Server{
		cdn:       hosts,
		chat:      chat.New(identity, hosts),
		authority: certificates,
		listener:  listener,
		served:    make(chan struct{}),
	}
	s.transport = newTransport(listener.Addr().String(), certificates.Certificate())
	s.SetMediaConn(MediaConn{})
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
		s.chat.ServeHTTP(w, r)
	} else {
		s.cdn.ServeHTTP(w, r)
	}
}

// HTTPClient returns a client that trusts the server and reaches it under every host name, by HTTP/1.1 or HTTP/2. The
// clients that NewClient hands out use the same one for their websocket and for media; set it on others with whatsmeow's
// SetWebsocketHTTPClient, SetPreLoginHTTPClient and SetMediaHTTPClient.
func (s *Server) HTTPClient() *http.Client {
	return &http.Client{Transport: s.transport}
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
	s.chat.Stop()
	s.cdn.Close()

	// A whatsmeow client leaks a goroutine when its socket ends in the middle of a handshake or while a frame is on its way
	// to it. So those who are logging in may finish, and everyone takes in what was sent before the clients hang up.
	idle := s.chat.Quiesce()
	var closing sync.WaitGroup
	for _, client := range clients {
		closing.Go(func() { client.close(idle[client.jid]) })
	}
	closing.Wait()

	s.chat.Cut()
	_ = s.http.Close()
	s.handlers.Wait()
	<-s.served
	s.transport.CloseIdleConnections()
	socket.CloseRoot()
}
