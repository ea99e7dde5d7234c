package wamediaxtest

import (
	"context"
	"fmt"

	"go.mau.fi/whatsmeow/types"
)

// Scan acts as a phone that scans a client's QR code. qr is the text of the code, from *events.QR
// or QRChannelItem.Code. The phone belongs to a new account, or to the account that [WithJID]
// names. The client becomes the device in that JID, or the next free device.
//
// Scan verifies the code like a phone, and returns the new device's JID once the client has
// accepted and signed the pairing. Like WhatsApp, the server then ends the client's connection, and
// the client reconnects as the new device: wait for *events.Connected before using it. Other
// clients can send to the device as soon as Scan returns. The device's keys are in the test's
// database, from which it can log in again as long as the server runs.
//
// The client must use the server's HTTPClient for its websocket, before and after pairing:
//
//	client := whatsmeow.NewClient(container.NewDevice(), nil)
//	client.SetPreLoginHTTPClient(srv.HTTPClient())
//	client.SetWebsocketHTTPClient(srv.HTTPClient())
//	client.SetMediaHTTPClient(srv.HTTPClient())
//	qr, err := client.GetQRChannel(ctx)
//	…
//	err = client.Connect()
//	…
//	jid, err := srv.Scan(ctx, (<-qr).Code)
//
// An error means that the client is not paired: qr is not a pairing code, no connected client shows
// it, it was already scanned, or the client rejects the pairing. In the last case whatsmeow
// dispatches *events.PairError and disconnects; the client may connect again for new codes. If ctx
// ends before the client has answered, the server cuts the client's socket.
func (s *Server) Scan(ctx context.Context, qr string, opts ...ClientOption) (types.JID, error) {
	jid, err := s.chat.Scan(ctx, qr, newClientConfig(opts).jid)
	if err != nil {
		return types.JID{}, fmt.Errorf("wamediaxtest: %w", err)
	}
	return jid, nil
}

// EnterCode acts as a phone whose user types a pairing code. phone is the number that the client
// passed to PairPhone, and code is the code that PairPhone returned, such as "ABCD-EFGH". Only the
// digits of the number matter, and neither case nor dash of the code. EnterCode creates the account
// of that number if necessary. Otherwise it works like [Server.Scan].
//
// An error means that the client is not paired. After a wrong code or number, the test may enter
// the right one. Once a code was entered, right or wrong, whatsmeow no longer accepts the QR codes
// that it showed before.
func (s *Server) EnterCode(ctx context.Context, phone, code string) (types.JID, error) {
	jid, err := s.chat.EnterCode(ctx, phone, code)
	if err != nil {
		return types.JID{}, fmt.Errorf("wamediaxtest: failed to pair a device by code: %w", err)
	}
	return jid, nil
}

// Unlink acts as a user who logs a linked device out on the phone. jid is a phone number or a LID;
// it names one device, or without a device number all devices of the account. The server tells the
// clients that are logged in and refuses those that log in later. In both cases whatsmeow deletes
// the device from its database and dispatches *events.LoggedOut. The device receives no more
// messages, and its number is not used again. The account stays and may link other devices. An
// error means that there is no such device.
//
// whatsmeow expects the server to end the socket. The server does so after 2 s, unless the client
// disconnects first.
func (s *Server) Unlink(jid types.JID) error {
	if err := s.chat.Unlink(jid); err != nil {
		return fmt.Errorf("wamediaxtest: failed to unlink: %w", err)
	}
	return nil
}
