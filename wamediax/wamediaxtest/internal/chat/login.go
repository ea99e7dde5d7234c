package chat

import (
	"strconv"
	"time"

	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/proto/waWa6"
	"go.mau.fi/whatsmeow/types"
)

// login answers the client's introduction and reports whether the client may go on. Which device it
// is, is believed: the server knows no passwords. Only a device that has been unlinked is turned
// away. A client that is not paired may be.
func (c *session) login(hello *waWa6.ClientPayload) bool {
	if hello.GetUsername() == 0 {
		return c.offerPairing(hello)
	}
	c.jid = loginJID(hello)
	c.device = c.server.Accounts.Device(c.jid)
	if c.device != nil && c.server.Accounts.Unlinked(c.device) {
		c.turnAway(401, "logged out")
		return false
	}
	// The client sets its clock by t. Its LID is left out: it has one, and takes another for a
	// change of account.
	err := c.send(waBinary.Node{Tag: "success", Attrs: waBinary.Attrs{"t": time.Now().Unix()}})
	return err == nil
}

func loginJID(hello *waWa6.ClientPayload) types.JID {
	return types.JID{
		User:   strconv.FormatUint(hello.GetUsername(), 10),
		Device: uint16(hello.GetDevice()),
		Server: types.DefaultUserServer,
	}
}

// turnAway says why the client may not log in. It keeps the socket open, so that the client surely
// hears that, until the client hangs up or time is up.
func (c *session) turnAway(reason int, message string) {
	c.send(waBinary.Node{Tag: "failure", Attrs: waBinary.Attrs{"reason": reason, "message": message}})
	c.loggedIn()
	for {
		if _, err := c.conn.Receive(); err != nil {
			return
		}
	}
}
