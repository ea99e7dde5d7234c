package wamediaxtest

import (
	"strconv"
	"time"

	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/proto/waWa6"
	"go.mau.fi/whatsmeow/types"
)

// login answers the client's introduction and reports whether the client may go on. Which device it is, is believed: the
// server knows no passwords. A client that is not paired is turned away.
func (c *session) login(hello *waWa6.ClientPayload) bool {
	if hello.GetUsername() == 0 {
		c.send(waBinary.Node{Tag: "failure", Attrs: waBinary.Attrs{
			"reason":  400,
			"message": "wamediaxtest does not pair devices",
		}})
		c.turnAway()
		return false
	}
	c.jid = types.JID{
		User:   strconv.FormatUint(hello.GetUsername(), 10),
		Device: uint16(hello.GetDevice()),
		Server: types.DefaultUserServer,
	}
	// The client sets its clock by t. Its LID is left out: it has one, and takes another for a change of account.
	err := c.send(waBinary.Node{Tag: "success", Attrs: waBinary.Attrs{"t": time.Now().Unix()}})
	return err == nil
}

// turnAway keeps the socket open, so that the client surely hears why, until the client hangs up or time is up.
func (c *session) turnAway() {
	c.loggedIn()
	for {
		if _, err := c.read(); err != nil {
			return
		}
	}
}
