// Package wamediaxtest is a WhatsApp service in the test's own process, in the
// manner of net/http/httptest. A real, unmodified *whatsmeow.Client logs in to
// it over the real Noise handshake, exchanges messages with other clients, and
// uploads and downloads media over HTTPS. Nothing leaves the loopback
// interface, and no account is needed.
//
//	func TestBotStoresWhatItSends(t *testing.T) {
//		srv := wamediaxtest.NewServer()
//		defer srv.Close()
//		client, err := srv.NewClient(t.Context())
//		if err != nil {
//			t.Fatal(err)
//		}
//
//		// Give client to your bot. The next upload breaks off after 1000 bytes.
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
//	Scan, EnterCode            pairing by QR code or by pairing code
//	Unlink                     the user logs a linked device out on the phone
//	Disconnect                 a client that leaves, for a while or for good, without a leaked goroutine
//	Invite, Accept             a client in another process, which may be killed or measured
//	HTTPClient                 connects clients that the test constructs
//	InstallDefaultTransport    connects clients that the program under test constructs
//	NewGroup, NewNewsletter    chats of several accounts
//	SetStatusAudience          who receives an account's status
//	Messages, WaitForMessages  messages that clients sent: type, chat, media handle, answer
//	InjectMessageFault         messages that are refused or lost, answers that are lost or late
//	SetMediaConn               other media hosts, lifetimes or errors, or a late answer
//	Inject, RefuseTokens       media hosts that misbehave
//	CheckOffsets               media hosts that are strict about resumed uploads
//	SetDialect, DialectEnv     media hosts that know only the newer form of uploads, or only the older one
//	LimitRequests              a proxy that refuses large requests
//	Forget, Put, Object        objects that have expired, that already exist, or that were uploaded
//	Requests, WaitFor          what clients sent to the media hosts
//	DropConnections            sockets that break
//	RefuseConnections          sockets that are refused
//	SetPhone, PhoneWith        the phone, when a client asks it to upload media again
//	Send                       any stanza, from anyone, to a client
//	Nodes, MediaConnQueries    everything that clients sent over the socket
//	CoverPhoto                 the cover photo that a client set on its business profile
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
// # What the server supports
//
// Over the socket, the server handles pairing, login and logout; the queries
// that whatsmeow sends on its own (one-time keys, passive and active mode,
// keepalives, privacy settings, dirty bits, push settings); media_conn; the
// cover photo of a business profile; the devices of other accounts and their
// keys; groups and their members; the messages of newsletters; and the audience
// of a status. It acknowledges messages, receipts and calls. Every other query
// gets error 501, feature-not-implemented, at once. Receipts that ask for media
// again go to the phone of SetPhone.
//
// The media hosts accept uploads, probes, both ways of resuming, and live
// uploads, and serve whole objects and ranges. Every host name leads to them.
// They verify that an object has the SHA-256 that its token says. They speak
// HTTP/1.1 and HTTP/2.
//
// # Messages
//
// A message to a person arrives at every device of that person's account that
// the sender encrypted it for, and at the sender's other devices. The server
// passes on the sender's own ciphertext, which it cannot read, and the
// receiving client decrypts it with its own session. whatsmeow addresses people
// by LID, so Info.Sender is a LID and Info.SenderAlt the phone number. Edits,
// reactions, polls and media are messages like any other.
//
// A message to a group or a status arrives at every device of every member or
// viewer. As in real life, whatsmeow dispatches two events for it: first one
// with only the sender's key (Message.SenderKeyDistributionMessage), then the
// message. Newsletters are not encrypted. See [Server.NewGroup],
// [Server.NewNewsletter] and [Server.SetStatusAudience].
//
// Once SendMessage has returned without an error, the message arrives exactly
// once and in the order of sending, as long as the server runs and the device
// is linked. The server keeps it until the receiving client has sent its
// receipt, across any number of broken sockets. A client that was disconnected
// gets the kept messages before its events.Connected, and then an
// events.OfflineSyncCompleted. A client that cannot decrypt a message asks the
// sender for another copy and gets it. If an account gains or loses a device,
// the server tells the senders that know its devices; such a sender may still
// send one message to the old devices.
//
// If a client sends a message again with the same ID because it got no answer,
// the second one is a duplicate: the server repeats its answer, and delivers
// the message only to devices that have not got it. If SendMessage returned an
// error, the message may still have arrived, as in real life.
//
// If a socket breaks between a message and its receipt, the server waits until
// the client has been back for 300 ms, and then sends the message again, before
// later ones. whatsmeow drops the second copy, and libsignal prints "received
// message with old counter" to standard output. A client that is busy with the
// first copy for longer than that, before its event handlers see it, may
// dispatch both.
//
// # What the server does not support
//
// The server passes on receipts for delivered, read and played messages. By
// default, whatsmeow marks its delivery receipts as inactive, and those go no
// further: use SendPresence or SetForceActiveDeliveryReceipts if the sender
// should know of the delivery.
//
// Phones receive nothing. The server acknowledges messages to a client's own
// phone, with which whatsmeow asks for history or app state, and drops them. A
// message to a number without an account fails in whatsmeow before it is sent.
// A paired client has no push name, because that comes with the app state: set
// Store.PushName if the bot sends its presence. There are no contacts,
// profiles, typing notices, app state or history. The server asks for no
// passkeys, QR codes do not expire while their client is connected, and the
// server accepts any client that names a device, without checking its keys,
// unless the device was unlinked.
//
// # One root key for the process
//
// whatsmeow trusts a single root key, in its package variable WACertPubKey. The
// servers sign their certificates with a root key of their own, and while any
// server of the process is open, that variable holds this key. Do not connect
// to the real WhatsApp from the same process meanwhile. Any number of servers
// may be open at a time, also in parallel tests. Closing the last one restores
// the variable.
//
// # Leaving nothing behind
//
// Close ends everything that the server and the clients of NewClient have
// started: no goroutine, file or connection remains, as go.uber.org/goleak can
// confirm. If that takes more than 5 s, Close logs what it is waiting for, such
// as a phone that does not return. The databases of these clients are in
// memory. The test must disconnect the clients that it constructed itself,
// before Close and before it closes their database, and it must close its
// guests.
//
// Disconnect clients with [Server.Disconnect] and not with their own method,
// which leaks a goroutine of whatsmeow if a stanza is on its way to the client.
// If the program under test calls the client's method, call the server's first;
// disconnecting twice does no harm.
package wamediaxtest
