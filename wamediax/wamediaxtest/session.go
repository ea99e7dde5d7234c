package wamediaxtest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/coder/websocket"
	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/types"

	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest/internal/socket"
)

// handshakeTimeout is how long a client may take from connecting to its first stanza.
const handshakeTimeout = 20 * time.Second

var errQuiet = errors.New("the session is ending")

// session is one client's socket, from the handshake on.
type session struct {
	server      *Server
	ctx         context.Context // done when the socket is
	ws          *websocket.Conn
	frames      *socket.FrameConn
	established bool       // past its login; guarded by the server's lock
	drops       int        // how often the server had dropped its connections when this one came
	loggedIn    func()     // tells the server that it need not wait for the login any more
	jid         types.JID  // the device that logged in
	device      *companion // the same, if the server knows it
	pairing     *pairing   // instead of a device: the client is not paired
	static      []byte     // the client's static key

	mail    chan struct{}  // there may be something in the device's mailbox
	mailman sync.WaitGroup // whoever brings it

	fromClient *socket.Cipher

	writing  sync.Mutex
	toClient *socket.Cipher
	quiet    bool // nothing is sent any more
}

// run serves the socket until it ends.
func (c *session) run() {
	c.frames = socket.NewFrameConn(c.ctx, c.ws)
	tooLate := time.AfterFunc(handshakeTimeout, func() { c.ws.CloseNow() })
	defer tooLate.Stop()
	noise, err := c.server.identity.Respond(c.frames)
	if err != nil {
		return
	}
	c.fromClient, c.toClient, c.static = noise.FromClient, noise.ToClient, noise.Static
	if !c.login(noise.Hello) {
		return
	}
	defer c.server.forget(c)
	for {
		node, err := c.read()
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

// establish says that the login is over. Before that, the server does not cut the socket on purpose: whatsmeow does not
// notice the end of a socket until it has finished the handshake.
func (c *session) establish() {
	if !c.server.establish(c) {
		c.ws.CloseNow()
	}
	c.loggedIn()
}

// stanzaHandlers holds what is done with a stanza, by its tag. A handler must not block: the client's next stanza waits.
// Stanzas that are not listed need no answer.
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
	c.acknowledgeAt(node, time.Now())
}

func (c *session) acknowledgeAt(node *waBinary.Node, at time.Time) {
	c.send(waBinary.Node{Tag: "ack", Attrs: waBinary.Attrs{
		"class": node.Tag,
		"id":    node.Attrs["id"],
		"from":  node.Attrs["to"],
		"type":  node.Attrs["type"],
		"t":     at.Unix(),
	}})
}

func (c *session) read() (*waBinary.Node, error) {
	frame, err := c.frames.Read()
	if err != nil {
		return nil, err
	}
	data, err := c.fromClient.Open(frame, nil)
	if err != nil {
		return nil, fmt.Errorf("failed to open a frame: %w", err)
	}
	if len(data) == 0 {
		return nil, errors.New("a frame is empty")
	}
	if data, err = waBinary.Unpack(data); err != nil {
		return nil, fmt.Errorf("failed to unpack a frame: %w", err)
	}
	return waBinary.Unmarshal(data)
}

// send sends one stanza. An error means that the client is gone or going; nobody is left then who could act on it.
func (c *session) send(node waBinary.Node) error {
	return c.sendOrEnd(node, false)
}

func (c *session) sendOrEnd(node waBinary.Node, last bool) error {
	data, err := waBinary.Marshal(node)
	if err != nil {
		return fmt.Errorf("failed to marshal a stanza: %w", err)
	}
	c.writing.Lock()
	defer c.writing.Unlock()
	if c.quiet {
		return errQuiet
	}
	c.quiet = last
	return c.frames.Write(c.toClient.Seal(data, nil))
}

// end sends the client its last stanza, on which the client hangs up. If it does not, the server does.
func (c *session) end(node waBinary.Node) error {
	if err := c.sendOrEnd(node, true); err != nil {
		return err
	}
	late := time.AfterFunc(patience, func() {
		if c.server.closing.Err() == nil { // else Close takes care of both ends
			c.ws.CloseNow()
		}
	})
	context.AfterFunc(c.ctx, func() { late.Stop() })
	return nil
}

// quiesce ends what is sent to the client, and reports whether the client has taken in everything that was sent before.
func (c *session) quiesce() bool {
	c.writing.Lock()
	c.quiet = true
	c.writing.Unlock()
	ctx, cancel := context.WithTimeout(c.ctx, patience)
	defer cancel()
	// The client answers a ping while it waits for its next message: it has handed on the one before.
	return c.ws.Ping(ctx) == nil
}
