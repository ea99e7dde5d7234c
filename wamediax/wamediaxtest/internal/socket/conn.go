package socket

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/coder/websocket"
	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/proto/waWa6"
)

var errClosing = errors.New("socket is closing")

// Conn is a client's socket after the handshake. It carries stanzas in both directions. Only one
// goroutine may receive; any number may send.
type Conn struct {
	Hello  *waWa6.ClientPayload // the client's payload in the handshake
	Static []byte               // the client's static public key

	ws         *websocket.Conn
	frames     *frameConn
	fromClient *noiseCipher

	writing  sync.Mutex
	toClient *noiseCipher
	quiet    bool // sending is over
}

// Accept does the server's part of the handshake on ws. The connection ends when ctx does.
func Accept(ctx context.Context, ws *websocket.Conn, identity *Identity) (*Conn, error) {
	frames := newFrameConn(ctx, ws)
	done, err := identity.respond(frames)
	if err != nil {
		return nil, err
	}
	return &Conn{
		Hello:      done.hello,
		Static:     done.static,
		ws:         ws,
		frames:     frames,
		fromClient: done.fromClient,
		toClient:   done.toClient,
	}, nil
}

// Receive waits for the client's next stanza.
func (c *Conn) Receive() (*waBinary.Node, error) {
	frame, err := c.frames.read()
	if err != nil {
		return nil, err
	}
	data, err := c.fromClient.open(frame, nil)
	if err != nil {
		return nil, fmt.Errorf("failed to decrypt frame: %w", err)
	}
	if len(data) == 0 {
		return nil, errors.New("frame is empty")
	}
	if data, err = waBinary.Unpack(data); err != nil {
		return nil, fmt.Errorf("failed to unpack frame: %w", err)
	}
	return Unmarshal(data)
}

// Send sends one stanza. An error means that the client has disconnected or is disconnecting.
func (c *Conn) Send(node waBinary.Node) error {
	return c.send(node, false)
}

// SendLast sends one stanza, after which nothing else can be sent.
func (c *Conn) SendLast(node waBinary.Node) error {
	return c.send(node, true)
}

func (c *Conn) send(node waBinary.Node, last bool) error {
	data, err := waBinary.Marshal(node)
	if err != nil {
		return fmt.Errorf("failed to marshal stanza: %w", err)
	}
	c.writing.Lock()
	defer c.writing.Unlock()
	if c.quiet {
		return errClosing
	}
	c.quiet = last
	return c.frames.write(c.toClient.seal(data, nil))
}

// Quiesce stops all sending, and reports whether the client has read everything that was sent
// before. It waits for that until ctx is done.
func (c *Conn) Quiesce(ctx context.Context) bool {
	c.writing.Lock()
	c.quiet = true
	c.writing.Unlock()
	// The client responds to a ping while it waits for its next message, so it has passed on the
	// previous one.
	return c.ws.Ping(ctx) == nil
}

// CloseNow closes the connection without a closing handshake.
func (c *Conn) CloseNow() {
	_ = c.ws.CloseNow() // the connection is closed whatever it returns
}
