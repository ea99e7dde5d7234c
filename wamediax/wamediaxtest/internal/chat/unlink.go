package chat

import (
	"fmt"

	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/types"
)

// Unlink implements Server.Unlink of wamediaxtest.
func (s *Service) Unlink(jid types.JID) error {
	devices := s.Accounts.Linked(jid)
	if len(devices) == 0 {
		return fmt.Errorf("%s is not linked", jid)
	}
	for _, device := range devices {
		s.Accounts.Unlink(device)
		for _, c := range s.reachable() {
			if c.device == device {
				_ = c.end(deviceRemoved()) // an offline client receives it when it reconnects
			}
		}
	}
	return nil
}

func deviceRemoved() waBinary.Node {
	return waBinary.Node{Tag: "stream:error", Attrs: waBinary.Attrs{"code": "401"}, Content: []waBinary.Node{
		{Tag: "conflict", Attrs: waBinary.Attrs{"type": "device_removed"}},
	}}
}
