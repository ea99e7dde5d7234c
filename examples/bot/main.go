// Command bot is a WhatsApp bot that sends and saves media. Without an account
// it is a tour:
//
//	go run ./examples/bot
//
// starts a WhatsApp service in the same process and shows each feature of
// wamediax against it. Nothing leaves the machine. The exit status is 0 only if
// every byte came out right.
//
//	go run ./examples/bot -db bot.db -allow 15551234567
//
// runs the bot. It pairs with a real account as a linked device and accepts
// commands from the phone numbers in -allow: send it !help. It stores
// everything in bot.db.
//
// Start your own bot from runBot below. Package session keeps it connected,
// command has its commands, and guard limits what they may do.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/store"
	waLog "go.mau.fi/whatsmeow/util/log"

	"github.com/wamediax/whatsmeow-ext/examples/bot/command"
	"github.com/wamediax/whatsmeow-ext/examples/bot/guard"
	"github.com/wamediax/whatsmeow-ext/examples/bot/session"
	"github.com/wamediax/whatsmeow-ext/examples/bot/tour"
	"github.com/wamediax/whatsmeow-ext/wamediax"
	"github.com/wamediax/whatsmeow-ext/wamediax/safehttp"
)

func main() {
	cfg, err := parseFlags(os.Args[1:], os.Stdout)
	if errors.Is(err, flag.ErrHelp) {
		return
	} else if err != nil {
		fmt.Fprintf(os.Stderr, "bot: %v\nRun it with -h for help.\n", err)
		os.Exit(2)
	}
	if err := run(cfg, os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "bot:", err)
		os.Exit(1)
	}
}

// run runs the tour or the bot until it ends or a signal arrives. A second signal kills the
// process.
func run(cfg config, screen, logs io.Writer) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)
	// a write to a closed pipe returns an error, and the tour cleans up
	signal.Ignore(syscall.SIGPIPE)
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(224 << 20) // one converted picture can leave 192 MiB of garbage
	}
	if cfg.database == "" {
		return tour.Run(ctx, screen, cfg.tour)
	}
	return runBot(ctx, cfg, screen, logs)
}

// runBot runs the bot until ctx ends. It returns an error if WhatsApp no longer accepts the bot.
func runBot(ctx context.Context, cfg config, screen, logs io.Writer) (err error) {
	log := newLog(logs, cfg.level)
	media, err := guard.OpenFolder(cfg.media, cfg.max)
	if err != nil {
		return fmt.Errorf("failed to open the media folder: %w", err)
	}
	defer media.Close()
	db, err := session.Open(ctx, cfg.database, waLog.Zerolog(log))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	device, err := db.Device(ctx)
	if err != nil {
		return err
	}

	store.SetOSInfo("wamediax bot", [3]uint32{1, 0, 0}) // its name in the list of linked devices
	cli := whatsmeow.NewClient(device, waLog.Zerolog(log).Sub("WhatsApp"))
	link := session.New(db, cli, session.Config{Screen: session.Terminal(screen), Phone: cfg.phone, Log: log})
	defer link.Close()
	client := wamediax.Wrap(cli, wamediax.WithResumeStore(db.Uploads), wamediax.WithPreviewer(guard.NewPreviews()))
	defer client.Close()
	bot := command.New(client, command.Config{
		Media: media, Allow: cfg.allow, Web: safehttp.New(), Timeout: cfg.timeout, Log: log,
	})
	defer bot.Stop() // before the client disconnects, so that cancelled commands can still answer
	client.AddEventHandler(bot.Handle)
	return link.Run(ctx)
}
