package wamediaxtest

import (
	"context"
	"fmt"

	"go.mau.fi/whatsmeow/types"
)

// Scan is what a phone does that scans a client's QR code: qr is the text of the code, which
// whatsmeow gives in *events.QR and in QRChannelItem.Code. The phone is a new account's, or that of
// the account which [WithJID] names; if that names a device too, the client becomes that device,
// else the next free one.
//
// Scan checks what a phone checks, and returns the new device's JID when the client has accepted
// and signed the pairing. The server then ends the client's stream, as WhatsApp does, for the
// client to come back as the device that it now is; wait for *events.Connected to use it. Other
// clients can write to the device as soon as Scan has returned. It is a device like those of
// [Server.NewClient], but for its database, which is the test's: the device can log in from there
// again at any time, for as long as the server lives.
//
// The client must have been given the server's HTTPClient for its websocket both before and after
// the pairing:
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
// An error means that the client is not paired: because the code is none, or not one of a client
// that is connected, or has been scanned before, or because the client does not accept the pairing
// (whatsmeow then dispatches *events.PairError and disconnects; the client may connect again, and
// shows new codes). If ctx ends while the client is deciding, its socket is cut.
func (s *Server) Scan(ctx context.Context, qr string, opts ...ClientOption) (types.JID, error) {
	jid, err := s.chat.Scan(ctx, qr, newClientConfig(opts).jid)
	if err != nil {
		return types.JID{}, fmt.Errorf("wamediaxtest: %w", err)
	}
	return jid, nil
}

// EnterCode is what a phone does whose user types a pairing code: phone is the number that the
// client has asked for with PairPhone, and code what that has returned, such as "ABCD-EFGH"; in the
// number only the digits count, and in the code neither case nor dash. The account is that of the
// number, and need not exist before. Else it is as [Server.Scan].
//
// An error means that the client is not paired. If the code is wrong, or the number, that is all:
// the right one may still be entered. QR codes that the client has shown before a code was entered,
// right or wrong, are of no use afterwards: whatsmeow no longer accepts them.
func (s *Server) EnterCode(ctx context.Context, phone, code string) (types.JID, error) {
	jid, err := s.chat.EnterCode(ctx, phone, code)
	if err != nil {
		return types.JID{}, fmt.Errorf("wamediaxtest: failed to pair a device by code: %w", err)
	}
	return jid, nil
}

// Unlink is what a user does who logs a linked device out on the phone: the one device that jid
// names, or all devices of the account if it names none. The account may be named by its phone
// number or its LID. A client that is logged in is told, and one that logs in later is refused;
// either way whatsmeow deletes the device from its database and dispatches *events.LoggedOut. The
// device gets no more messages, and its number is not used again. The account remains, and may link
// other devices. An error means that there is no such device.
//
// whatsmeow leaves it to the server to end the socket, which happens after 2 s if the client has
// not disconnected by then.
func (s *Server) Unlink(jid types.JID) error {
	if err := s.chat.Unlink(jid); err != nil {
		return fmt.Errorf("wamediaxtest: failed to unlink: %w", err)
	}
	return nil
}
