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

// ClientOption configures [Server.NewClient], [Server.Invite], [Server.Scan] or [Accept].
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

// WithJID sets the client's phone number and device; the default is a new number. Device 0 means
// device 1, or for [Server.Scan] the next free device. whatsmeow can encode devices up to 255.
// Clients with the same phone number and different devices belong to one account.
func WithJID(jid types.JID) ClientOption {
	return func(conf *clientConfig) { conf.jid = jid }
}

// WithLogger sets the logger of the client and its database; by default they log nothing. At debug
// level whatsmeow logs whole stanzas, including auth tokens.
func WithLogger(log waLog.Logger) ClientOption {
	return func(conf *clientConfig) {
		if log != nil {
			conf.log = log
		}
	}
}

// managedClient is a client made by NewClient or Accept, with everything that must end with the
// server.
type managedClient struct {
	*whatsmeow.Client
	jid       types.JID
	hangUp    context.CancelFunc // ends the client's background work
	container *sqlstore.Container
}

// close ends the client for good. If the client is idle and its socket is open, Disconnect is
// enough. Otherwise Disconnect would race with the client noticing that its socket has ended, or
// with a new attempt to connect. close then cancels the client's context first, waits for the
// socket to go, and calls Disconnect for whatever still waits for a connection.
func (h *managedClient) close(idle bool) {
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

// holdsSocket reports whether the client still has a socket, open or broken. It sends nothing.
func (h *managedClient) holdsSocket() bool {
	never, cancel := context.WithCancel(context.Background())
	cancel()
	//lint:ignore SA1019 no other call shows whether whatsmeow has handled the end of a socket
	return !errors.Is(h.DangerousInternals().SendNode(never, waBinary.Node{Tag: "iq"}), whatsmeow.ErrNotConnected)
}

// NewClient returns the client of a new account. It is paired, connected through the real handshake
// and logged in, and keeps its database in memory. It is a plain whatsmeow client and reconnects
// like one; its websocket and its media use [Server.HTTPClient]. ctx limits the login only.
// [Server.Close] disconnects the client and closes its database.
func (s *Server) NewClient(ctx context.Context, opts ...ClientOption) (*whatsmeow.Client, error) {
	conf := newClientConfig(opts)
	conf.jid.Device = max(conf.jid.Device, 1)
	companion, err := s.chat.Accounts.Register(conf.jid)
	if err != nil {
		return nil, fmt.Errorf("wamediaxtest: failed to open an account: %w", err)
	}
	device, container, err := companion.Account.NewStore(ctx, companion.JID, conf.log)
	if err != nil {
		s.chat.Accounts.Deregister(companion)
		return nil, fmt.Errorf("wamediaxtest: failed to pair a device: %w", err)
	}
	s.chat.Accounts.Publish(companion, account.KeysOfStore(device))
	client := newManagedClient(device, container, s.transport, conf.log)
	if err = account.AddPreKeys(ctx, device); err == nil {
		err = s.adopt(client)
	}
	if err == nil {
		err = client.login(ctx)
	}
	if err != nil {
		client.close(false)
		return nil, fmt.Errorf("wamediaxtest: failed to log in: %w", err)
	}
	return client.Client, nil
}

// newManagedClient makes the client of a device. The client makes all its connections with
// transport.
func newManagedClient(device *store.Device, container *sqlstore.Container, transport *http.Transport, log waLog.Logger) *managedClient {
	background, hangUp := context.WithCancel(context.Background())
	client := &managedClient{
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

// adopt registers client with Close.
func (s *Server) adopt(client *managedClient) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return errServerClosed
	}
	s.clients = append(s.clients, client)
	return nil
}

// login connects and waits until the server accepts or refuses the client.
func (h *managedClient) login(ctx context.Context) error {
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
