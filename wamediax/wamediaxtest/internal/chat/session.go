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

// session is one client's socket, from the handshake on.
type session struct {
	server      *Service
	from        string          // the address of the client's end
	ctx         context.Context // done when the socket is
	conn        *socket.Conn
	established bool            // past its login; guarded by the server's lock
	drops       int             // how often the server had dropped its connections when this one came
	loggedIn    func()          // tells the server that it need not wait for the login any more
	jid         types.JID       // the device that logged in
	device      *account.Device // the same, if the server knows it
	pairing     *pairing        // instead of a device: the client is not paired

	mail    chan struct{}  // there may be something in the device's mailbox
	mailman sync.WaitGroup // whoever brings it
}

// String names the socket for people.
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

// establish says that the login is over. Before that, the server does not cut the socket on
// purpose: whatsmeow does not notice the end of a socket until it has finished the handshake.
func (c *session) establish() {
	if !c.server.establish(c) {
		c.conn.CloseNow()
	}
	c.loggedIn()
}

// stanzaHandlers holds what is done with a stanza, by its tag. A handler must not block: the
// client's next stanza waits. Stanzas that are not listed need no answer.
var stanzaHandlers = map[string]func(*session, *waBinary.Node){
	"iq":       (*session).answerQuery,
	"message":  (*session).takeMessage,
	"receipt":  (*session).takeReceipt,
	"ack":      (*session).takeAck,
	"call":     (*session).acknowledge,
	"presence": (*session).takePresence,
}

// acknowledge tells the client that its stanza has arrived.
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

// send sends one stanza. An error means that the client is gone or going; nobody is left then who
// could act on it.
func (c *session) send(node waBinary.Node) error {
	return c.conn.Send(node)
}

// end sends the client its last stanza, on which the client hangs up. If it does not, the server
// does.
func (c *session) end(node waBinary.Node) error {
	if err := c.conn.SendLast(node); err != nil {
		return err
	}
	late := time.AfterFunc(Patience, func() {
		if c.server.closing.Err() == nil { // else Close takes care of both ends
			c.conn.CloseNow()
		}
	})
	context.AfterFunc(c.ctx, func() { late.Stop() })
	return nil
}

// quiesce ends what is sent to the client, and reports whether the client has taken in everything
// that was sent before.
func (c *session) quiesce() bool {
	ctx, cancel := context.WithTimeout(c.ctx, Patience)
	defer cancel()
	return c.conn.Quiesce(ctx)
}
