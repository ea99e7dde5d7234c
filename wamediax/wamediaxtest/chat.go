package wamediaxtest

import (
	"fmt"

	"go.mau.fi/whatsmeow"
	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/types"
)

// Nodes returns every stanza that clients have sent after their login, decoded, in the order in
// which they came. What is in them is shared by all copies: do not modify it.
func (s *Server) Nodes() []waBinary.Node {
	return s.chat.Nodes()
}

// Send sends a stanza to the clients of an account that are logged in: to the one device that to
// names, or to all devices if it names none. The account may be named by its phone number or its
// LID. What whatsmeow does not understand it logs. Attributes are strings, numbers, bools or JIDs,
// and content is bytes or nodes: whatsmeow's encoder panics on other types. An error means that
// there is no such client, or that one has just gone.
func (s *Server) Send(to types.JID, node waBinary.Node) error {
	if err := s.chat.Send(to, node); err != nil {
		return fmt.Errorf("wamediaxtest: %w", err)
	}
	return nil
}

// CoverPhoto returns the object that an account's business profile shows as its cover photo, and
// false if it shows none. Of the account only the phone number counts.
func (s *Server) CoverPhoto(jid types.JID) (Object, bool) {
	photo, ok := s.chat.CoverPhoto(jid)
	return Object(photo), ok
}

// DropConnections cuts every client's socket without a word, as a network does that fails.
// whatsmeow connects again at once, and if that fails, after 2, 4, 6 … seconds. A client that is
// just logging in is cut as soon as it has.
//
// A query that is in flight is sent once more by whatsmeow when the client is back, unless it was
// made with NoRetry. That code of whatsmeow's is not clean under the race detector.
func (s *Server) DropConnections() {
	s.chat.DropConnections()
}

// RefuseConnections answers new sockets with status 503, until it is called with false. Sockets
// that are open stay open.
func (s *Server) RefuseConnections(refuse bool) {
	s.chat.RefuseConnections(refuse)
}

// Disconnect disconnects a client so that nothing of it remains: the server first waits until the
// client has sent its receipts for the messages that it got, 2 s at most, stops sending to it,
// waits until the client has taken in what was sent before, and then calls the client's own
// Disconnect. That alone leaves a goroutine of whatsmeow's behind for good if something is on its
// way to the client, if only the answer to a receipt, which a test sees that looks for leaks. The
// client may be from [Server.NewClient] or the test's own, paired or not, and may connect again:
// what comes for it meanwhile is held. A query that the client makes at this moment fails.
func (s *Server) Disconnect(cli *whatsmeow.Client) {
	s.chat.Disconnect(cli)
}
