package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"
	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/types/events"
	waLog "go.mau.fi/whatsmeow/util/log"
	"golang.org/x/sync/semaphore"
	"golang.org/x/term"

	"github.com/wamediax/whatsmeow-ext/wamediax"
	"github.com/wamediax/whatsmeow-ext/wamediax/safehttp"
)

// config is what the flags say.
type config struct {
	db, media string
	allow     map[string]bool // phone numbers, digits alone
	phone     string          // to pair with by code; digits alone
	max       int64           // bytes
	timeout   time.Duration
	level     zerolog.Level

	screen, logs io.Writer

	// For tests: the way to a WhatsApp service in the same process, a Disconnect after which nothing of whatsmeow is left,
	// addresses that may be fetched from although they are not on the open internet, and what the person in front of the
	// screen sees.
	http       *http.Client
	disconnect func(*whatsmeow.Client)
	guard      []safehttp.Option
	shown      func(qr, code string)
}

// bot is a linked device that carries out the commands of a few people.
type bot struct {
	config
	log       zerolog.Logger
	client    *wamediax.Client
	media     *folder
	fetch     *safehttp.Client
	runner    *runner
	started   time.Time
	online    context.Context // ends when the bot has hung up
	connected *gate
	over      chan error // why the bot cannot go on

	converting *semaphore.Weighted // pictures
	count      struct {
		running, run, failed atomic.Int64 // commands
		connections          atomic.Int64
		bytesSent, resumed   atomic.Int64
	}
}

// runBot is the bot, until ctx ends or WhatsApp no longer wants it: that is the error.
func runBot(ctx context.Context, cfg config) (err error) {
	log := newLog(cfg.logs, cfg.level)
	media, err := openFolder(cfg.media, cfg.max)
	if err != nil {
		return fmt.Errorf("failed to open the media folder: %w", err)
	}
	defer media.Close()
	db, err := openDatabase(ctx, cfg.db, waLog.Zerolog(log))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	device, err := db.device(ctx)
	if err != nil {
		return err
	}

	// Commands that are cancelled still say so in the chat: the connection ends after them, and not with ctx.
	online, hangUp := context.WithCancel(context.WithoutCancel(ctx))
	defer hangUp()
	cli := whatsmeow.NewClient(device, waLog.Zerolog(log).Sub("WhatsApp"))
	cli.BackgroundEventCtx = online
	opts := []wamediax.Option{wamediax.WithResumeStore(db.uploads)}
	if cfg.http != nil {
		cli.SetPreLoginHTTPClient(cfg.http)
		cli.SetWebsocketHTTPClient(cfg.http)
		opts = append(opts, wamediax.WithHTTPClient(cfg.http))
	}
	b := &bot{
		config: cfg, log: log, client: wamediax.Wrap(cli, opts...), media: media, fetch: safehttp.New(cfg.guard...),
		runner: newRunner(online), started: time.Now(), online: online, connected: newGate(), over: make(chan error, 1),
		converting: semaphore.NewWeighted(1),
	}
	cli.AddEventHandler(b.handle)
	disconnect := cfg.disconnect
	if disconnect == nil {
		disconnect = (*whatsmeow.Client).Disconnect
	}
	defer disconnect(cli)
	defer b.runner.stop()

	connect := func() error {
		stop := context.AfterFunc(ctx, hangUp) // else an interrupt would wait for a connection that does not come about
		defer stop()
		if err := cli.ConnectContext(online); err != nil {
			return fmt.Errorf("failed to connect to WhatsApp: %w", err)
		}
		return nil
	}
	if device.ID == nil {
		pairing := &pairing{client: cli, phone: cfg.phone, screen: cfg.screen, shown: cfg.shown}
		if err := pairing.run(ctx, connect); err != nil {
			return err
		}
		select {
		case <-b.connected.passage():
		case err := <-b.over:
			return err
		case <-ctx.Done():
			return nil
		case <-time.After(time.Minute): // whatsmeow connects anew for this, but only once
			return errors.New("paired, but the login did not succeed: start the bot again")
		}
	} else {
		cli.InitialAutoReconnect = true
		if err := connect(); err != nil && ctx.Err() == nil {
			return err
		}
	}
	log.Info().Stringer("jid", cli.Store.GetJID()).Msg("Waiting for commands; Ctrl-C ends the bot")

	daily := time.NewTicker(24 * time.Hour)
	defer daily.Stop()
	jid := cli.Store.GetJID()
	for {
		if n, err := db.uploads.Purge(ctx, 14*24*time.Hour); err != nil && ctx.Err() == nil {
			log.Warn().Err(err).Msg("Failed to purge old uploads")
		} else if n > 0 {
			log.Info().Int("uploads", n).Msg("Forgot old uploads")
		}
		select {
		case <-daily.C:
		case <-ctx.Done():
			log.Info().Msg("Stopping")
			return nil
		case err := <-b.over:
			if errors.Is(err, errLoggedOut) {
				err = errors.Join(err, db.forget(online, jid))
			}
			return err
		}
	}
}

var errLoggedOut = errors.New("the bot was logged out, by the phone or by WhatsApp: start it again to pair anew")

// handle is whatsmeow's event handler. whatsmeow waits for it, so it must not wait for anything.
func (b *bot) handle(raw any) {
	switch evt := raw.(type) {
	case *events.Message:
		b.receive(evt)
	case *events.Connected:
		b.log.Info().Int64("connection", b.count.connections.Add(1)).Msg("Connected")
		b.connected.open()
	case *events.Disconnected:
		b.log.Warn().Msg("Connection lost; whatsmeow connects again")
		if !b.client.IsConnected() { // it is not said when this event comes
			b.connected.close()
		}
	case *events.LoggedOut:
		b.end(errLoggedOut)
	case *events.StreamReplaced:
		b.end(errors.New("another program has connected as this device: stop that one, or delete the database and pair anew"))
	case *events.ClientOutdated:
		b.end(errOutdated)
	case *events.TemporaryBan:
		b.end(fmt.Errorf("WhatsApp has banned the account for a time: %s", evt))
	case *events.ConnectFailure:
		b.end(fmt.Errorf("WhatsApp refuses the connection: %s %s", evt.Reason, evt.Message))
	}
}

// end has runBot return. Of several reasons the first counts.
func (b *bot) end(why error) {
	select {
	case b.over <- why:
	default:
	}
}

// newLog writes lines for people to a terminal and JSON elsewhere.
func newLog(out io.Writer, level zerolog.Level) zerolog.Logger {
	if file, ok := out.(*os.File); ok && term.IsTerminal(int(file.Fd())) {
		out = zerolog.ConsoleWriter{Out: out, TimeFormat: time.TimeOnly}
	}
	return zerolog.New(zerolog.SyncWriter(out)).Level(level).With().Timestamp().Logger()
}
