package chat

import (
	"strconv"
	"time"

	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/proto/waWa6"
	"go.mau.fi/whatsmeow/types"
)

// login answers the client's hello and reports whether the client may continue. The server accepts
// the device that the hello names without a check, unless that device was unlinked. A hello without
// a device starts a pairing.
func (c *session) login(hello *waWa6.ClientPayload) bool {
	if hello.GetUsername() == 0 {
		return c.offerPairing(hello)
	}
	c.jid = loginJID(hello)
	c.device = c.server.Accounts.Device(c.jid)
	if c.device != nil && c.server.Accounts.Unlinked(c.device) {
		c.rejectLogin(401, "logged out")
		return false
	}
	// The client sets its clock by t. The LID is omitted: the client has one, and would take
	// another LID for a change of account.
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

// rejectLogin tells the client why it may not log in. The socket stays open until the client
// disconnects or the handshake times out, so that the client reads the reason.
func (c *session) rejectLogin(reason int, message string) {
	c.send(waBinary.Node{Tag: "failure", Attrs: waBinary.Attrs{"reason": reason, "message": message}})
	c.loggedIn()
	for {
		if _, err := c.conn.Receive(); err != nil {
			return
		}
	}
}
