package chat

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/coder/websocket"
	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/types"

	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest/internal/account"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest/internal/socket"
)

// handshakeTimeout is how long a client may take from connecting to its first stanza.
const handshakeTimeout = 20 * time.Second

// session is one client's socket after the handshake.
type session struct {
	server      *Service
	from        string          // the client's address
	ctx         context.Context // done when the socket ends
	conn        *socket.Conn
	established bool // login is finished; guarded by the server's lock
	// the server's number of DropConnections calls when this socket connected
	drops    int
	loggedIn func()          // tells the server to stop waiting for the login
	jid      types.JID       // the logged-in device
	device   *account.Device // the same, if the server knows it
	pairing  *pairing        // for an unpaired client, which has no device

	mail    chan struct{}  // signals that the device's mailbox may have stanzas
	mailers sync.WaitGroup // goroutines that send them
}

// String describes the socket for error messages.
func (c *session) String() string {
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	if _, ok := c.server.sessions[c]; ok && !c.jid.IsEmpty() {
		return fmt.Sprintf("the websocket of %s, from %s", c.jid, c.from)
	}
	return fmt.Sprintf("the websocket from %s, which has not logged in", c.from)
}

// run serves the socket until it ends.
func (c *session) run(ws *websocket.Conn) {
	tooLate := time.AfterFunc(handshakeTimeout, func() { _ = ws.CloseNow() })
	defer tooLate.Stop()
	conn, err := socket.Accept(c.ctx, ws, c.server.Identity)
	if err != nil {
		return
	}
	c.conn = conn
	if !c.login(conn.Hello) {
		return
	}
	defer c.server.forget(c)
	for {
		node, err := c.conn.Receive()
		if err != nil {
			return
		}
		tooLate.Stop()
		c.server.record(node)
		if handle, ok := stanzaHandlers[node.Tag]; ok {
			handle(c, node)
		}
	}
}

// establish marks the login as finished. Before that, the server does not cut the socket on
// purpose, because whatsmeow does not notice the end of a socket until it has finished the
// handshake.
func (c *session) establish() {
	if !c.server.establish(c) {
		c.conn.CloseNow()
	}
	c.loggedIn()
}

// stanzaHandlers holds the handler for each stanza tag. A handler must not block the client's next
// stanza. Other stanzas need no response.
var stanzaHandlers = map[string]func(*session, *waBinary.Node){
	"iq":       (*session).answerQuery,
	"message":  (*session).takeMessage,
	"receipt":  (*session).takeReceipt,
	"ack":      (*session).takeAck,
	"call":     (*session).acknowledge,
	"presence": (*session).takePresence,
}

// acknowledge sends an ack for the client's stanza.
func (c *session) acknowledge(node *waBinary.Node) {
	c.send(acknowledgement(node, time.Now()))
}

func acknowledgement(node *waBinary.Node, at time.Time) waBinary.Node {
	return waBinary.Node{Tag: "ack", Attrs: waBinary.Attrs{
		"class": node.Tag,
		"id":    node.Attrs["id"],
		"from":  node.Attrs["to"],
		"type":  node.Attrs["type"],
		"t":     at.Unix(),
	}}
}

// send sends one stanza. An error means that the client has disconnected or is disconnecting, and
// can usually be ignored.
func (c *session) send(node waBinary.Node) error {
	return c.conn.Send(node)
}

// end sends the client its last stanza, after which the client should disconnect. If it does not,
// the server does.
func (c *session) end(node waBinary.Node) error {
	if err := c.conn.SendLast(node); err != nil {
		return err
	}
	late := time.AfterFunc(Patience, func() {
		if c.server.closing.Err() == nil { // otherwise Close disconnects
			c.conn.CloseNow()
		}
	})
	context.AfterFunc(c.ctx, func() { late.Stop() })
	return nil
}

// quiesce stops sending to the client, and reports whether the client has read everything sent
// before.
func (c *session) quiesce() bool {
	ctx, cancel := context.WithTimeout(c.ctx, Patience)
	defer cancel()
	return c.conn.Quiesce(ctx)
}
