package wamediax_test

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/proxy"
)

// What the proxies of the tests ask for.
const (
	proxyUser     = "account17"
	proxyPassword = "correct-horse"
)

// testProxy is a proxy on the loopback interface. Every tunnel that it opens ends at the service,
// whose hosts exist nowhere else.
type testProxy struct {
	scheme  string
	address string
	service string                                  // where tunnels end
	accept  func(*bufio.ReadWriter) (target string) // "": nothing goes through

	tunnels atomic.Int64
	refused atomic.Int64
	mu      sync.Mutex
	targets []string
}

// newHTTPProxy answers CONNECT as RFC 9110 has it. Without the right password it answers 407, and
// quotes what it was sent.
func (s *service) newHTTPProxy(t *testing.T) *testProxy {
	want := http.Request{Header: http.Header{}}
	want.SetBasicAuth(proxyUser, proxyPassword)
	return s.newProxy(t, "http", func(client *bufio.ReadWriter) string {
		req, err := http.ReadRequest(client.Reader)
		if err != nil {
			return ""
		}
		sent := req.Header.Get("Proxy-Authorization")
		if req.Method != http.MethodConnect || sent != want.Header.Get("Authorization") {
			fmt.Fprintf(client, "HTTP/1.1 407 No entry with %s\r\nContent-Length: 0\r\n\r\n", sent)
			return ""
		}
		fmt.Fprint(client, "HTTP/1.1 200 Connected\r\n\r\n")
		return req.Host
	})
}

// newSOCKSProxy speaks SOCKS5 with a password (RFC 1928 and 1929), and takes host names.
func (s *service) newSOCKSProxy(t *testing.T) *testProxy {
	return s.newProxy(t, "socks5", func(client *bufio.ReadWriter) string {
		field := func() string { // a byte with the length, and that many bytes
			size, _ := client.ReadByte()
			text := make([]byte, size)
			_, _ = io.ReadFull(client, text)
			return string(text)
		}
		reply := func(bytes ...byte) {
			_, _ = client.Write(bytes)
			_ = client.Flush()
		}
		_, _ = client.ReadByte() // the version
		field()                  // the methods on offer
		reply(5, 2)              // a password, please
		_, _ = client.ReadByte()
		if user, password := field(), field(); user != proxyUser || password != proxyPassword {
			reply(1, 1)
			return ""
		}
		reply(1, 0)
		var request [4]byte
		if _, err := io.ReadFull(client, request[:]); err != nil || request != [4]byte{5, 1, 0, 3} {
			return "" // not a CONNECT by host name
		}
		host := field()
		var port [2]byte
		if _, err := io.ReadFull(client, port[:]); err != nil {
			return ""
		}
		reply(5, 0, 0, 1, 0, 0, 0, 0, 0, 0)
		return fmt.Sprintf("%s:%d", host, binary.BigEndian.Uint16(port[:]))
	})
}

func (s *service) newProxy(t *testing.T, scheme string, accept func(*bufio.ReadWriter) string) *testProxy {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	p := &testProxy{scheme: scheme, address: listener.Addr().String(), service: s.address(t), accept: accept}
	ctx, cancel := context.WithCancel(context.Background())
	var open sync.WaitGroup
	open.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			open.Go(func() { p.serve(ctx, conn) })
		}
	})
	t.Cleanup(func() {
		listener.Close()
		cancel()
		open.Wait()
	})
	return p
}

func (p *testProxy) serve(ctx context.Context, conn net.Conn) {
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	client := bufio.NewReadWriter(bufio.NewReader(conn), bufio.NewWriter(conn))
	target := p.accept(client)
	_ = client.Flush()
	if target == "" {
		p.refused.Add(1)
		return
	}
	p.tunnels.Add(1)
	p.mu.Lock()
	p.targets = append(p.targets, target)
	p.mu.Unlock()
	service, err := net.Dial("tcp", p.service)
	if err != nil {
		return
	}
	defer service.Close()
	var sending sync.WaitGroup
	sending.Go(func() {
		_, _ = io.Copy(service, client)
		_ = service.(*net.TCPConn).CloseWrite()
	})
	_, _ = io.Copy(conn, service)
	conn.Close()
	sending.Wait()
}

func (p *testProxy) url(password string) *url.URL {
	return &url.URL{Scheme: p.scheme, Host: p.address, User: url.UserPassword(proxyUser, password)}
}

func (p *testProxy) dialer(t *testing.T) proxy.Dialer {
	dialer, err := proxy.SOCKS5("tcp", p.address, &proxy.Auth{User: proxyUser, Password: proxyPassword}, proxy.Direct)
	require.NoError(t, err)
	return dialer
}

// address returns where the service listens.
func (s *service) address(t *testing.T) string {
	t.Helper()
	conn, err := s.HTTPClient().Transport.(*http.Transport).DialContext(t.Context(), "tcp", "")
	require.NoError(t, err)
	defer conn.Close()
	return conn.RemoteAddr().String()
}
