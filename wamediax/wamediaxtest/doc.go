// Package wamediaxtest is a WhatsApp service in the test's own process, for
// bots and for this project's own tests, in the manner of net/http/httptest. A
// real, unmodified *whatsmeow.Client logs in to it over the real Noise
// handshake, and up- and downloads media over HTTPS; nothing leaves the
// loopback interface, and no account is needed.
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
//	Scan, EnterCode            pairing: the phone scans the client's QR code, or its user types the pairing code
//	Unlink                     the user logs a linked device out on the phone
//	Disconnect                 a client that leaves, for a while or for good, with nothing left behind
//	Invite, Accept             a client in another process, which may be killed or measured by itself
//	HTTPClient                 reaches the server from clients that the test made itself
//	InstallDefaultTransport    the same for clients that a program under test constructs
//	SetMediaConn               other media hosts, lifetimes or errors, or an answer that comes late
//	Inject, RefuseTokens       media hosts that misbehave
//	CheckOffsets               media hosts that are strict about resumed uploads
//	SetDialect                 media hosts that know WhatsApp Web's newer form of uploads only, or the older one only
//	LimitRequests              a proxy that lets no large request pass
//	Forget, Put, Object        objects that have expired, that exist already, or that were uploaded
//	DropConnections            a socket that breaks; RefuseConnections: one that does not come back
//	SetPhone, PhoneWith        the phone, when a client asks for media to be uploaded again
//	NewGroup, NewNewsletter    chats of several accounts; SetStatusAudience: who gets an account's status
//	Send                       a stanza of the test's own, from whomever, to a client
//	Messages, WaitForMessages  messages that clients sent: their kind, chat, media handle and answer
//	InjectMessageFault         messages that are refused or lost, and answers that are lost or late
//	Nodes, MediaConnQueries    everything that clients sent over the socket
//	CoverPhoto                 what a client made its business profile show
//	Requests, WaitFor          what clients sent to the media hosts
//
// # Faults
//
//	an error             Status, StatusRetryAfter, Echo (quotes the request), Raw (malformed HTTP)
//	a broken connection  HangUp, HangUpBeforeAnswer, BreakConnection
//	silence              StopReading, AnswerAfter, SwitchProtocols, HalfAnswer, Trickle
//	a wrong answer       Answer, HugeAnswer, FalseSuccess, FalseComplete, FalseOffset
//	a resumed upload     LateBytes, ForgetPartial, and the server's CheckOffsets
//	a wrong download     IgnoreRange, WrongRange, BareRange, Tamper
//	a message            RefuseMessage, LoseMessage, LoseAck, AckAfter (with InjectMessageFault)
//
// # What is answered
//
// Over the socket: the pairing, the login (and a logout); what whatsmeow asks
// on its own, that is the count and the upload of one-time keys, passive and
// active mode, keepalives, privacy settings, dirty bits and push settings;
// media_conn; setting and removing a business profile's cover photo; the
// devices of other accounts, and their keys; groups, their members and the
// changes of these; the messages of newsletters; and who gets status messages.
// Messages, receipts and calls that a client sends are acknowledged. Every other query gets error 501,
// feature-not-implemented, at once. Receipts that ask for media again go to the
// phone that SetPhone sets.
//
// On the media hosts: uploads, probes, both ways of resuming and live uploads;
// downloads, whole or by range. Every host name leads to them; the object's
// SHA-256 is checked against its token. HTTP/1.1 and HTTP/2 are both spoken.
//
// # Messages
//
// A message to a person arrives: at every device of the account that the sender
// encrypted it for, and at the sender's other devices. What comes out there is
// the sender's own ciphertext, which the receiving client decrypts with its own
// session; the server can read nothing. whatsmeow addresses people by their
// LID, so Info.Sender is one, and Info.SenderAlt the phone number. Edits,
// reactions, polls and media are messages like any other.
//
// A message that a client sends again with the same ID, for want of an answer,
// is a duplicate: it is answered as the first one was, and delivered to no
// device that has it.
//
// As soon as SendMessage has returned without an error, the message is certain
// to arrive, once, and in the order of sending, for as long as the server lives
// and the device is linked. It is held until the receiving client has sent its
// receipt, over any number of broken sockets. A client that was away gets what
// was held before its events.Connected, and then an
// events.OfflineSyncCompleted. A client that cannot decrypt a message asks its
// sender for another copy, which it gets. A sender that remembers which devices
// an account has is told when one is added or removed, but may send one message
// more before it has taken that in.
//
// Where a socket breaks between a message and its receipt, the message is sent
// again when the client has been back for 300 ms without a receipt, and what
// has come after it waits behind it. whatsmeow drops the second copy, and
// libsignal complains about it on standard output ("received message with old
// counter"). Only a client that is kept busy for longer by the first copy,
// before its event handlers even see it, may take both. A message that
// SendMessage returned an error for may have arrived nevertheless, as in real
// life.
//
// A message to a group or a status arrives in the same way, at every device of
// every member or viewer. whatsmeow dispatches two events for it, here as in
// real life: one with nothing but the sender's key (Message has only
// SenderKeyDistributionMessage), and then the message. Newsletters are not
// encrypted. See [Server.NewGroup], [Server.NewNewsletter] and
// [Server.SetStatusAudience].
//
// # What is not
//
// Clients announce themselves as inactive until they send their presence, and
// inactive clients do not tell senders that a message was delivered: the server
// passes on receipts of delivered, read and played messages, but no others.
// There is no phone that could receive anything: messages to one's own phone,
// with which whatsmeow asks for history or app state, are acknowledged and go
// nowhere. A message to a number that nobody has here fails in whatsmeow before
// it is sent. A paired client has no push name, which in real life comes with
// the app state: set Store.PushName where the bot sends its presence. There are
// no contacts, profiles, typing notices, app state or history. No passkeys are
// asked for, QR codes do not expire while their client is connected, and a
// client that introduces itself as a device is believed, without a look at its
// keys, unless the device was unlinked.
//
// # One root for the process
//
// whatsmeow trusts a single root key, which it keeps in the package variable
// WACertPubKey. Servers sign their certificates under a root of their own, so
// while any server of the process is open, that variable holds this root's key.
// Setting it is a test's business only: do not open a connection to the real
// WhatsApp in the same process meanwhile. Any number of servers may be open at
// a time, in parallel tests too, and the last one that closes puts the old key
// back.
//
// # Leaving nothing behind
//
// Close ends what the server and the clients from NewClient have started: no
// goroutine, file or connection remains, which go.uber.org/goleak can check. If
// that takes more than 5 s, it logs what it is waiting for, such as a phone
// that does not return. The databases of these clients are in memory. Clients
// that the test made itself must be disconnected by it, before Close and before
// their database is closed; guests are closed by whoever has them.
//
// Disconnect a client by the server's method of that name rather than by the
// client's own: whatsmeow leaves a goroutine behind if something is on its way
// to the client at this moment, and there often is, such as the answer to a
// receipt. Where a program under test does that by itself, call the server's
// method first; the client's is then no more than a repetition.
package wamediaxtest
