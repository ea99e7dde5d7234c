package wamediaxtest

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"sync"

	"go.mau.fi/libsignal/ecc"
	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/types"
	waLog "go.mau.fi/whatsmeow/util/log"

	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest/internal/account"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest/internal/socket"
)

// Invitation tells a client in another process how to log in: the server's address, the keys that
// identify the server, and the device that the client becomes. Pass it to the other process as
// JSON, for example in an environment variable. Its keys are useless outside the test.
type Invitation struct {
	Address   string    // of the server: loopback address and port
	TLSRoot   []byte    // the root of the server's TLS certificates, in DER
	NoiseRoot []byte    // the public key that signs the server's Noise certificates, 32 bytes
	JID, LID  types.JID // the device
	PhoneKey  []byte    // the private identity key of the device's phone, 32 bytes
}

// Invite makes an invitation for a client in another process, which calls [Accept]. The client
// belongs to a new account, or to the account that [WithJID] names. Several processes may accept
// the same invitation one after another, like a program that is killed and restarted: they are the
// same device, so only one of them may be connected at a time.
func (s *Server) Invite(opts ...ClientOption) (Invitation, error) {
	conf := newClientConfig(opts)
	conf.jid.Device = max(conf.jid.Device, 1)
	companion, err := s.chat.Accounts.Register(conf.jid)
	if err != nil {
		return Invitation{}, fmt.Errorf("wamediaxtest: failed to open an account: %w", err)
	}
	root := socket.RootKey()
	phone := companion.Account.Phone.PrivateKey().Serialize()
	return Invitation{
		Address:   s.listener.Addr().String(),
		TLSRoot:   s.authority.Certificate().Raw,
		NoiseRoot: root[:],
		JID:       companion.JID,
		LID:       companion.Account.LID,
		PhoneKey:  phone[:],
	}, nil
}

// Guest is the client of a server in another process. It is a plain whatsmeow client, like those of
// [Server.NewClient].
type Guest struct {
	*whatsmeow.Client

	client    *managedClient
	transport *http.Transport
	closeOnce sync.Once
}

// Accept returns a client that is paired with the inviting server, connected and logged in. ctx
// limits the login only. The only option that has an effect is [WithLogger]. The caller must call
// [Guest.Close].
//
// Until Close, whatsmeow.WACertPubKey holds the root key of that server. This process can therefore
// neither start a server of its own nor log in to the real WhatsApp.
func Accept(ctx context.Context, invitation Invitation, opts ...ClientOption) (*Guest, error) {
	guest, err := accept(ctx, invitation, newClientConfig(opts).log)
	if err != nil {
		return nil, fmt.Errorf("wamediaxtest: failed to accept an invitation: %w", err)
	}
	return guest, nil
}

func accept(ctx context.Context, invitation Invitation, log waLog.Logger) (*Guest, error) {
	tlsRoot, err := x509.ParseCertificate(invitation.TLSRoot)
	if err != nil {
		return nil, err
	}
	if len(invitation.NoiseRoot) != 32 || len(invitation.PhoneKey) != 32 {
		return nil, errors.New("a key in it is not of 32 bytes")
	}
	if err := socket.JoinRoot([32]byte(invitation.NoiseRoot)); err != nil {
		return nil, err
	}
	of := account.New(ecc.CreateKeyPair(invitation.PhoneKey), invitation.LID)
	device, container, err := of.NewStore(ctx, invitation.JID, log)
	if err != nil {
		socket.CloseRoot()
		return nil, fmt.Errorf("failed to pair a device: %w", err)
	}
	transport := newTransport(invitation.Address, tlsRoot)
	guest := &Guest{client: newManagedClient(device, container, transport, log), transport: transport}
	guest.Client = guest.client.Client
	if err := guest.client.login(ctx); err != nil {
		guest.Close()
		return nil, fmt.Errorf("failed to log in: %w", err)
	}
	return guest, nil
}

// HTTPClient is [Server.HTTPClient] for the guest's process.
func (g *Guest) HTTPClient() *http.Client {
	return &http.Client{Transport: g.transport}
}

// Close disconnects the client, and closes its database and its idle connections. Further calls do
// nothing.
func (g *Guest) Close() {
	g.closeOnce.Do(func() {
		g.client.close(false)
		g.transport.CloseIdleConnections()
		socket.CloseRoot()
	})
}
