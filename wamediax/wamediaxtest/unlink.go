package wamediaxtest

import (
	"fmt"

	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/types"
)

// Unlink is what a user does who logs a linked device out on the phone: the one device that jid names, or all devices of the
// account if it names none. The account may be named by its phone number or its LID. A client that is logged in is told, and
// one that logs in later is refused; either way whatsmeow deletes the device from its database and dispatches
// *events.LoggedOut. The device gets no more messages, and its number is not used again. The account remains, and may link
// other devices. An error means that there is no such device.
//
// whatsmeow leaves it to the server to end the socket, which happens after 2 s if the client has not disconnected by then.
func (s *Server) Unlink(jid types.JID) error {
	devices := s.accounts.Linked(jid)
	if len(devices) == 0 {
		return fmt.Errorf("wamediaxtest: %s is not linked", jid)
	}
	for _, device := range devices {
		s.accounts.Unlink(device)
		for _, c := range s.reachable() {
			if c.device == device {
				_ = c.end(deviceRemoved()) // a client that is gone hears it when it is back
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
