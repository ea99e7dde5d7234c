package session

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/rs/zerolog"
	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/types/events"
)

// Config configures a Session.
type Config struct {
	Screen Screen
	Phone  string // digits; if set, pair with a code for this number instead of a QR code
	Log    zerolog.Logger
}

// Session is a linked device that stays connected. Use New.
type Session struct {
	Config
	db        *Database
	client    *whatsmeow.Client
	online    context.Context
	hangUp    context.CancelFunc
	connected chan struct{} // has an item once the client has connected
	over      chan error    // the error that ends the session
}

// New returns a Session of a client whose device is from db. Add the application's event handlers
// to the client before Run, and Close the session after everything that still sends.
func New(db *Database, client *whatsmeow.Client, cfg Config) *Session {
	s := &Session{Config: cfg, db: db, client: client, connected: make(chan struct{}, 1), over: make(chan error, 1)}
	s.online, s.hangUp = context.WithCancel(context.Background())
	client.BackgroundEventCtx = s.online
	client.AddEventHandler(s.handle)
	return s
}

// Close disconnects the client.
func (s *Session) Close() {
	s.client.Disconnect()
	s.hangUp()
}

// Run pairs the client if necessary, connects it, and returns nil when ctx ends. The client is then
// still connected, so that cancelled commands can answer. It returns an error if WhatsApp no longer
// accepts the session.
func (s *Session) Run(ctx context.Context) error {
	if err := s.logIn(ctx); err != nil {
		if ctx.Err() != nil && s.client.Store.ID != nil {
			return nil
		}
		return err
	}
	jid := s.client.Store.GetJID()
	s.Log.Info().Stringer("jid", jid).Msg("Waiting for commands; Ctrl-C stops the bot")
	daily := time.NewTicker(24 * time.Hour)
	defer daily.Stop()
	for {
		if n, err := s.db.Uploads.Purge(ctx, 14*24*time.Hour); err != nil && ctx.Err() == nil {
			s.Log.Warn().Err(err).Msg("Failed to purge old uploads")
		} else if n > 0 {
			s.Log.Info().Int("uploads", n).Msg("Purged old uploads")
		}
		select {
		case <-daily.C:
		case <-ctx.Done():
			s.Log.Info().Msg("Stopping")
			return nil
		case err := <-s.over:
			if errors.Is(err, ErrLoggedOut) {
				err = errors.Join(err, s.db.forget(s.online, jid))
			}
			return err
		}
	}
}

func (s *Session) logIn(ctx context.Context) error {
	if s.client.Store.ID != nil {
		s.client.InitialAutoReconnect = true
		return s.connect(ctx)
	}
	if err := s.pair(ctx); err != nil {
		return err
	}
	select {
	case <-s.connected:
		return nil
	case err := <-s.over:
		return err
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(time.Minute): // whatsmeow reconnects after pairing, but tries only once
		return errors.New("paired, but the login did not succeed: start the bot again")
	}
}

func (s *Session) connect(ctx context.Context) error {
	stop := context.AfterFunc(ctx, s.hangUp) // otherwise an interrupt would wait for the connection
	defer stop()
	if err := s.client.ConnectContext(s.online); err != nil {
		return fmt.Errorf("failed to connect to WhatsApp: %w", err)
	}
	return nil
}

// ErrLoggedOut is returned by Run after the device was unlinked.
var ErrLoggedOut = errors.New("the bot was logged out, by the phone or by WhatsApp: start it again to pair it")

func (s *Session) handle(raw any) {
	switch evt := raw.(type) {
	case *events.Connected:
		s.Log.Info().Msg("Connected")
		select {
		case s.connected <- struct{}{}:
		default:
		}
	case *events.Disconnected:
		s.Log.Warn().Msg("Connection lost; reconnecting")
	case *events.LoggedOut:
		s.end(ErrLoggedOut)
	case *events.StreamReplaced:
		s.end(errors.New("another program connected as this device: stop that program, or delete the database and pair again"))
	case *events.ClientOutdated:
		s.end(ErrOutdated)
	case *events.TemporaryBan:
		s.end(fmt.Errorf("WhatsApp has banned the account temporarily: %s", evt))
	case *events.ConnectFailure:
		s.end(fmt.Errorf("WhatsApp refused the connection: %s %s", evt.Reason, evt.Message))
	}
}

// end makes Run return err. Only the first call counts.
func (s *Session) end(why error) {
	select {
	case s.over <- why:
	default:
	}
}
