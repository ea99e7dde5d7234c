package wamediaxtest

import (
	"fmt"

	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/types"
)

// Send sends a stanza to the clients of an account that are logged in: to the one device that to names, or to all devices
// if it names none. The account may be named by its phone number or its LID. What whatsmeow does not understand
// it logs. Attributes are strings, numbers, bools or JIDs, and content is bytes or nodes: whatsmeow's encoder panics on other
// types. An error means that there is no such client, or that one has just gone.
func (s *Server) Send(to types.JID, node waBinary.Node) error {
	found := false
	for _, c := range s.reachable() {
		if c.pairing != nil || !s.accounts.Addressed(to, c.jid) {
			continue
		}
		found = true
		if err := c.send(node); err != nil {
			return fmt.Errorf("wamediaxtest: failed to send to %s: %w", c.jid, err)
		}
	}
	if !found {
		return fmt.Errorf("wamediaxtest: %s has no client that is logged in", to)
	}
	return nil
}
