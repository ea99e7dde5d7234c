package wamediaxtest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"go.mau.fi/whatsmeow"
	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/store"
	"go.mau.fi/whatsmeow/store/sqlstore"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"
	waLog "go.mau.fi/whatsmeow/util/log"

	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest/internal/account"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest/internal/chat"
)

var errServerClosed = errors.New("the server is closed")

// ClientOption changes how [Server.NewClient] makes a client, [Server.Invite] an account, or which
// phone does a [Server.Scan].
type ClientOption func(*clientConfig)

type clientConfig struct {
	jid types.JID
	log waLog.Logger
}

func newClientConfig(opts []ClientOption) clientConfig {
	conf := clientConfig{log: waLog.Noop}
	for _, opt := range opts {
		if opt != nil {
			opt(&conf)
		}
	}
	return conf
}

// WithJID gives the client this phone number and device instead of new ones. A device number of
// zero becomes 1, a companion's lowest, or for Scan the next one that is free; the highest that
// whatsmeow can write is 255. Two clients whose phone numbers are the same and whose devices differ
// are companions of one account.
func WithJID(jid types.JID) ClientOption {
	return func(conf *clientConfig) { conf.jid = jid }
}

// WithLogger gives the client and its database a logger; without it they are silent. At debug level
// whatsmeow logs whole stanzas, tokens included.
func WithLogger(log waLog.Logger) ClientOption {
	return func(conf *clientConfig) {
		if log != nil {
			conf.log = log
		}
	}
}

// handedOut is a client that NewClient or Accept made, with what must end when the server does.
type handedOut struct {
	*whatsmeow.Client
	jid       types.JID
	hangUp    context.CancelFunc // ends everything that the client does in the background
	container *sqlstore.Container
}

// close ends the client for good. If the client is idle on a socket that is open, Disconnect just
// ends it. But Disconnect races with the end of a socket that the client is about to notice, or
// with an attempt to connect again: then these end first, by their context, and Disconnect is for
// whatever still waits for a connection.
func (h *handedOut) close(idle bool) {
	if !idle {
		h.hangUp()
		for deadline := time.Now().Add(chat.Patience); h.holdsSocket() && time.Now().Before(deadline); {
			time.Sleep(100 * time.Microsecond)
		}
	}
	h.Disconnect()
	h.hangUp()
	_ = h.container.Close()
}

// holdsSocket reports whether the client has a socket, if only a dead one. Nothing is sent.
func (h *handedOut) holdsSocket() bool {
	never, cancel := context.WithCancel(context.Background())
	cancel()
	//lint:ignore SA1019 nothing else tells a socket that has ended from one whose end whatsmeow has dealt with
	return !errors.Is(h.DangerousInternals().SendNode(never, waBinary.Node{Tag: "iq"}), whatsmeow.ErrNotConnected)
}

// NewClient returns a new account's client: paired, with a database of its own in memory, connected
// over the real handshake and logged in. It is the plain whatsmeow client that a program would
// make, and reconnects like one; its websocket and its media go through HTTPClient. ctx bounds the
// login alone. Server.Close disconnects the client and closes its database.
func (s *Server) NewClient(ctx context.Context, opts ...ClientOption) (*whatsmeow.Client, error) {
	conf := newClientConfig(opts)
	conf.jid.Device = max(conf.jid.Device, 1)
	companion, err := s.chat.Accounts.Register(conf.jid)
	if err != nil {
		return nil, fmt.Errorf("wamediaxtest: failed to open an account: %w", err)
	}
	device, container, err := companion.Account.NewStore(ctx, companion.JID, conf.log)
	if err != nil {
		return nil, fmt.Errorf("wamediaxtest: failed to pair a device: %w", err)
	}
	s.chat.Accounts.Publish(companion, account.KeysOfStore(device))
	client := newHandedOut(device, container, s.transport, conf.log)
	if err = s.adopt(client); err == nil {
		err = client.login(ctx)
	}
	if err != nil {
		client.close(false)
		return nil, fmt.Errorf("wamediaxtest: failed to log in: %w", err)
	}
	return client.Client, nil
}

// newHandedOut makes the client of a device, which connects by way of transport alone.
func newHandedOut(device *store.Device, container *sqlstore.Container, transport *http.Transport, log waLog.Logger) *handedOut {
	background, hangUp := context.WithCancel(context.Background())
	client := &handedOut{
		Client:    whatsmeow.NewClient(device, log),
		jid:       *device.ID,
		hangUp:    hangUp,
		container: container,
	}
	client.BackgroundEventCtx = background
	client.SetWebsocketHTTPClient(&http.Client{Transport: transport})
	client.SetPreLoginHTTPClient(&http.Client{Transport: transport})
	client.SetMediaHTTPClient(&http.Client{Transport: transport})
	return client
}

// adopt makes Close take care of client.
func (s *Server) adopt(client *handedOut) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return errServerClosed
	}
	s.clients = append(s.clients, client)
	return nil
}

// login connects and waits for the server to let the client in, or not.
func (h *handedOut) login(ctx context.Context) error {
	outcome := make(chan error, 1)
	report := func(err error) {
		select {
		case outcome <- err:
		default:
		}
	}
	handler := h.AddEventHandler(func(evt any) {
		switch evt := evt.(type) {
		case *events.Connected:
			report(nil)
		case *events.LoggedOut:
			report(fmt.Errorf("logged out: %s", evt.Reason))
		case *events.ConnectFailure:
			report(fmt.Errorf("refused: %s: %s", evt.Reason, evt.Message))
		}
	})
	defer h.RemoveEventHandler(handler)
	if err := h.Connect(); err != nil {
		return err
	}
	select {
	case err := <-outcome:
		return err
	case <-ctx.Done():
		return ctx.Err()
	case <-h.BackgroundEventCtx.Done():
		return errServerClosed
	}
}
