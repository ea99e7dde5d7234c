package wamediaxtest

import (
	"fmt"

	"go.mau.fi/whatsmeow"
	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/types"
)

// Nodes returns every stanza that clients have sent after logging in, decoded, in the order in
// which they arrived. All calls share the attributes and the content: do not modify them.
func (s *Server) Nodes() []waBinary.Node {
	return s.chat.Nodes()
}

// Send sends a stanza to the logged-in clients of an account: to one device if to names a device,
// otherwise to all of them. to is a phone number or a LID. whatsmeow logs stanzas that it does not
// understand. Attributes must be strings, numbers, bools or JIDs, and content bytes or nodes;
// whatsmeow's encoder panics on other types. An error means that no such client is logged in, or
// that one has just disconnected.
func (s *Server) Send(to types.JID, node waBinary.Node) error {
	if err := s.chat.Send(to, node); err != nil {
		return fmt.Errorf("wamediaxtest: %w", err)
	}
	return nil
}

// CoverPhoto returns the cover photo of an account's business profile, and false if there is none.
// jid is the account's phone number; the device number is ignored.
func (s *Server) CoverPhoto(jid types.JID) (Object, bool) {
	photo, ok := s.chat.CoverPhoto(jid)
	return Object(photo), ok
}

// DropConnections cuts every client's socket without a closing handshake, like a network failure.
// whatsmeow reconnects at once, and if that fails, after 2, 4, 6 … seconds. The server cuts a
// client that is logging in as soon as the login is over.
//
// After reconnecting, whatsmeow repeats the queries that were waiting for an answer, except those
// made with NoRetry. The race detector reports a race in that code of whatsmeow.
func (s *Server) DropConnections() {
	s.chat.DropConnections()
}

// RefuseConnections makes the server answer new websockets with HTTP status 503 until
// RefuseConnections(false). Open sockets stay open.
func (s *Server) RefuseConnections(refuse bool) {
	s.chat.RefuseConnections(refuse)
}

// Disconnect disconnects a client without leaving a goroutine behind. The server waits up to 2 s
// for the client's receipts, stops sending, waits until the client has read everything, and calls
// the client's own Disconnect. That method by itself leaks a goroutine of whatsmeow if a stanza is
// on its way to the client, even the answer to a receipt, and leak checkers then report it.
//
// The client may come from [Server.NewClient] or from the test, paired or not. It may connect
// again; the server keeps its messages until then. Queries that the client sends during Disconnect
// fail.
func (s *Server) Disconnect(cli *whatsmeow.Client) {
	s.chat.Disconnect(cli)
}
