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

// Invitation lets a client of another process in: it says where the server is, how to tell that it
// is the right one, and as which device the client comes. It goes to the other process as JSON, in
// an environment variable for example. The keys in it are worth nothing outside of the test.
type Invitation struct {
	Address   string    // of the server: loopback address and port
	TLSRoot   []byte    // the certificate that the server's are signed by, in DER
	NoiseRoot []byte    // the public key that the server's Noise certificates are signed under
	JID, LID  types.JID // the device
	PhoneKey  []byte    // the identity key, a private one, of the phone that it belongs to
}

// Invite makes a new account, or adds a device to the one that [WithJID] names, for a client that
// [Accept] makes in another process. Several processes may accept one invitation, but only one at a
// time may be connected by it: they are one device, as a program is that is killed and started
// again.
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

// Guest is the client of a server that another process runs. It is a plain whatsmeow client, as
// from [Server.NewClient].
type Guest struct {
	*whatsmeow.Client

	client    *handedOut
	transport *http.Transport
	closeOnce sync.Once
}

// Accept returns a client that is paired, connected and logged in to the server that has sent the
// invitation. ctx bounds the login alone. The caller must call Close. Of the options [WithLogger]
// is of use here.
//
// Until then whatsmeow.WACertPubKey holds the key of that server's root, so this process can
// neither have a server of its own meanwhile nor log in to the real WhatsApp.
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
	guest := &Guest{client: newHandedOut(device, container, transport, log), transport: transport}
	guest.Client = guest.client.Client
	if err := guest.client.login(ctx); err != nil {
		guest.Close()
		return nil, fmt.Errorf("failed to log in: %w", err)
	}
	return guest, nil
}

// HTTPClient is as [Server.HTTPClient], for the guest's process.
func (g *Guest) HTTPClient() *http.Client {
	return &http.Client{Transport: g.transport}
}

// Close disconnects the client, closes its database and its idle connections. Calling it again does
// nothing.
func (g *Guest) Close() {
	g.closeOnce.Do(func() {
		g.client.close(false)
		g.transport.CloseIdleConnections()
		socket.CloseRoot()
	})
}
