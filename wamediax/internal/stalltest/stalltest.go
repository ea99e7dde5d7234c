// Package stalltest provides tests with a client whose socket can stop
// accepting data, as if its peer had stopped reading: writes block, reads
// continue.
package stalltest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"go.mau.fi/whatsmeow"

	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

// Valve blocks and unblocks a client's writes to its socket.
type Valve struct {
	mu   sync.Mutex
	flow chan struct{} // closed while writes pass

	stopped sync.Once
	held    chan struct{} // closed by the first blocked write
}

// NewClient returns a client that is logged in to srv, and the open valve of its socket.
func NewClient(ctx context.Context, srv *wamediaxtest.Server) (*whatsmeow.Client, *Valve, error) {
	cli, err := srv.NewClient(ctx)
	if err != nil {
		return nil, nil, err
	}
	transport, ok := srv.HTTPClient().Transport.(*http.Transport)
	if !ok {
		return nil, nil, fmt.Errorf("the server's client has an unknown transport, %T", srv.HTTPClient().Transport)
	}
	v := &Valve{flow: make(chan struct{}), held: make(chan struct{})}
	close(v.flow)
	transport = transport.Clone()
	dial := transport.DialContext
	transport.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := dial(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		return &valveConn{Conn: conn, valve: v, closed: make(chan struct{})}, nil
	}
	srv.Disconnect(cli)
	cli.SetWebsocketHTTPClient(&http.Client{Transport: transport})
	cli.SetPreLoginHTTPClient(&http.Client{Transport: transport})
	if err = cli.Connect(); err != nil { // with the context that srv.Close cancels, which ends reconnecting
		return nil, nil, err
	}
	if !cli.WaitForConnection(30 * time.Second) {
		return nil, nil, errors.New("the client did not log in")
	}
	return cli, v, nil
}

// Shut blocks all writes from now on.
func (v *Valve) Shut() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.flow = make(chan struct{})
}

// Open unblocks blocked and later writes. It may be called again.
func (v *Valve) Open() {
	v.mu.Lock()
	defer v.mu.Unlock()
	select {
	case <-v.flow:
	default:
		close(v.flow)
	}
}

// Held returns a channel that is closed once a write is blocked.
func (v *Valve) Held() <-chan struct{} { return v.held }

func (v *Valve) wait(closed <-chan struct{}) error {
	v.mu.Lock()
	flow := v.flow
	select {
	case <-flow:
	default:
		v.stopped.Do(func() { close(v.held) })
	}
	v.mu.Unlock()
	select {
	case <-flow:
		return nil
	case <-closed:
		return net.ErrClosed
	}
}

type valveConn struct {
	net.Conn
	valve  *Valve
	once   sync.Once
	closed chan struct{}
}

func (c *valveConn) Write(p []byte) (int, error) {
	if err := c.valve.wait(c.closed); err != nil {
		return 0, err
	}
	return c.Conn.Write(p)
}

func (c *valveConn) Close() error {
	c.once.Do(func() { close(c.closed) })
	return c.Conn.Close()
}
