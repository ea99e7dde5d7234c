// Package wamediaxtest is a WhatsApp service in the test's own process, for bots and for this project's own tests, in the
// manner of net/http/httptest. A real, unmodified *whatsmeow.Client logs in to it over the real Noise handshake, and up- and
// downloads media over HTTPS; nothing leaves the loopback interface, and no account is needed.
//
//	func TestBotStoresWhatItSends(t *testing.T) {
//		srv := wamediaxtest.NewServer()
//		defer srv.Close()
//		client, err := srv.NewClient(t.Context())
//		if err != nil {
//			t.Fatal(err)
//		}
//
//		// Give client to your bot. The next upload breaks off after 1000 bytes, whichever host it goes to.
//		srv.Inject("", wamediaxtest.Fault{On: wamediaxtest.Uploads, Do: wamediaxtest.HangUp(1000)})
//		_, err = client.Upload(t.Context(), make([]byte, 5000), whatsmeow.MediaDocument)
//		if err == nil {
//			t.Error("plain whatsmeow does not try again")
//		}
//		if got := srv.Received(); got != 1000 {
//			t.Errorf("the media hosts took %d bytes", got)
//		}
//	}
//
// # When to use which
//
//	NewServer, NewClient       a service, and as many accounts on it as the test needs
//	Invite, Accept             a client in another process, which may be killed or measured by itself
//	HTTPClient                 reaches the server from clients that the test made itself
//	SetMediaConn               other media hosts, lifetimes or errors, or an answer that comes late
//	Inject, RefuseTokens       media hosts that misbehave
//	Forget, Put, Object        objects that have expired, that exist already, or that were uploaded
//	DropConnections            a socket that breaks; RefuseConnections: one that does not come back
//	SetPhone, PhoneWith        the phone, when a client asks for media to be uploaded again
//	Send                       a stanza of the test's own, from whomever, to a client
//	Nodes, MediaConnQueries    what clients sent over the socket
//	CoverPhoto                 what a client made its business profile show
//	Requests, WaitFor          what clients sent to the media hosts
//
// # What is answered
//
// Over the socket: the login (and a logout); what whatsmeow asks on its own, that is the count and the upload of one-time
// keys, passive and active mode, keepalives, privacy settings, dirty bits and push settings; media_conn; setting and removing
// a business profile's cover photo; the devices of other accounts from NewClient, and their keys. Messages, receipts and
// calls that a client sends are acknowledged. Every other query gets error 501, feature-not-implemented, at
// once. Receipts that ask for media again go to the phone that SetPhone sets.
//
// On the media hosts: uploads, probes, both ways of resuming and live uploads; downloads, whole or by range. Every host
// name leads to them; the object's SHA-256 is checked against its token. HTTP/1.1 and HTTP/2 are both spoken.
//
// # What is not
//
// Devices are not paired by QR code or number: NewClient hands out paired ones, and a client that introduces itself as a
// device is believed, without a look at its keys. Messages go nowhere: one to another account from NewClient or to a
// newsletter is encrypted, sent, acknowledged, and to be seen with Nodes, but not delivered; one to a group or to anybody
// else fails in whatsmeow before it is sent. There are no groups, contacts, profiles, app state or history.
//
// # One root for the process
//
// whatsmeow trusts a single root key, which it keeps in the package variable WACertPubKey. Servers sign their certificates
// under a root of their own, so while any server of the process is open, that variable holds this root's key. Setting it is
// a test's business only: do not open a connection to the real WhatsApp in the same process meanwhile. Any number of
// servers may be open at a time, in parallel tests too, and the last one that closes puts the old key back.
//
// # Leaving nothing behind
//
// Close ends what the server and the clients from NewClient have started: no goroutine, file or connection remains, which
// go.uber.org/goleak can check. Clients that the test made itself must be disconnected by it, before Close; guests are
// closed by whoever has them. The databases of the clients are in memory.
package wamediaxtest
