package chat

import (
	"fmt"

	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/types"
)

// Send implements Server.Send of wamediaxtest.
func (s *Service) Send(to types.JID, node waBinary.Node) error {
	found := false
	for _, c := range s.reachable() {
		if c.pairing != nil || !s.Accounts.Addressed(to, c.jid) {
			continue
		}
		found = true
		if err := c.send(node); err != nil {
			return fmt.Errorf("failed to send to %s: %w", c.jid, err)
		}
	}
	if !found {
		return fmt.Errorf("%s has no client that is logged in", to)
	}
	return nil
}
