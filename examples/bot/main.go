// Command bot is a WhatsApp bot that sends and saves media, and shows what wamediax does.
//
//	go run ./examples/bot
//
// is a tour. It starts a WhatsApp service of its own in the same process, logs a wrapped whatsmeow client in to it, and
// uploads a file while that service misbehaves: no account is needed and nothing leaves the machine. The exit status is 0
// only if every byte came out right.
//
//	go run ./examples/bot -db bot.db -allow 15551234567
//
// is the bot. It pairs with a real account, as one of its linked devices, and carries out the commands of whoever has one of
// the allowed numbers: say !help to it. Everything it has to remember is in the one file bot.db.
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
	"strings"
	"syscall"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/rs/zerolog"
	"go.mau.fi/whatsmeow/store"
)

func main() {
	cfg, file, err := parseFlags(os.Args[1:], os.Stderr)
	if errors.Is(err, flag.ErrHelp) {
		return
	} else if err != nil {
		fmt.Fprintln(os.Stderr, "bot:", err)
		os.Exit(2)
	}
	if err := run(cfg, file); err != nil {
		fmt.Fprintln(os.Stderr, "bot:", err)
		os.Exit(1)
	}
}

// run is the bot, or the tour if there is no cfg, until it ends or a signal comes.
func run(cfg *config, file string) error {
	limitMemory()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // the second signal ends the bot at once
	if cfg == nil {
		return tour(ctx, os.Stdout, file)
	}
	store.SetOSInfo("wamediax bot", [3]uint32{1, 0, 0}) // so the phone lists it
	cfg.screen, cfg.logs = os.Stdout, os.Stderr
	return runBot(ctx, *cfg)
}

// limitMemory has garbage collected before the process has 224 MiB. A picture takes up to 192 MiB while it is converted; without
// a limit the next one would be decoded beside what the last one left behind. GOMEMLIMIT sets another.
func limitMemory() {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(224 << 20)
	}
}

// parseFlags returns what the flags say; nil: the tour is wanted, with this file.
func parseFlags(args []string, out io.Writer) (cfg *config, file string, err error) {
	cfg = &config{allow: make(map[string]bool), max: 2 << 30, level: zerolog.InfoLevel}
	flags := flag.NewFlagSet("bot", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // what is wrong is said once, by main
	flags.StringVar(&file, "file", "", "tour: upload the file at `PATH`, in place of 64 MiB of random bytes")
	flags.StringVar(&cfg.db, "db", "", "run the bot, and keep session and uploads in `FILE`; it holds keys: keep it to yourself")
	flags.Func("allow", "do what these phone `NUMBERS` say, and nobody else: with country code, separated by commas; required", func(list string) error {
		for number := range strings.SplitSeq(list, ",") {
			number, err := phoneNumber(number)
			if err != nil {
				return err
			}
			cfg.allow[number] = true
		}
		return nil
	})
	flags.Func("phone", "pair by a code that is entered on the phone with this `NUMBER`, in place of a QR code", func(number string) (err error) {
		cfg.phone, err = phoneNumber(number)
		return err
	})
	flags.StringVar(&cfg.media, "media", "media", "`DIRECTORY` that files are sent from and saved to; made if there is none")
	flags.Func("max", "largest file to send or save, in `BYTES` or as 100MB (default 2GiB)", func(size string) error {
		bytes, err := humanize.ParseBytes(size)
		if err != nil || bytes == 0 || bytes > 1<<62 {
			return errors.New("no size in bytes")
		}
		cfg.max = int64(bytes)
		return nil
	})
	flags.DurationVar(&cfg.timeout, "timeout", time.Hour, "longest `TIME` that one command may take")
	flags.Func("log-level", "log from this `LEVEL` on: debug, info, warn or error (default info); debug prints whole stanzas, tokens included", func(name string) (err error) {
		switch cfg.level, err = zerolog.ParseLevel(name); {
		case err != nil:
			return errors.New("no such level")
		case cfg.level == zerolog.NoLevel:
			return errors.New("no level")
		}
		return nil
	})
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		fmt.Fprint(out, "The tour, without an account:  bot [-file PATH]\n"+
			"The bot:                       bot -db FILE -allow NUMBER,… [flags]\n\n")
		flags.SetOutput(out)
		flags.PrintDefaults()
		return nil, "", err
	} else if err != nil {
		return nil, "", err
	}
	given := make(map[string]bool)
	flags.Visit(func(f *flag.Flag) { given[f.Name] = true })
	switch {
	case flags.NArg() > 0:
		return nil, "", fmt.Errorf("unexpected argument %q", flags.Arg(0))
	case cfg.db == "":
		delete(given, "file")
		for name := range given {
			return nil, "", fmt.Errorf("-%s is for the bot: it needs -db", name)
		}
		return nil, file, nil
	case given["file"]:
		return nil, "", errors.New("-file is for the tour: it does not go with -db")
	case len(cfg.allow) == 0:
		return nil, "", errors.New("-db needs -allow: the phone numbers whose commands are carried out")
	case cfg.timeout <= 0:
		return nil, "", errors.New("-timeout must be more than 0")
	}
	return cfg, "", nil
}

// phoneNumber returns the digits of an international phone number, which is how WhatsApp calls people.
func phoneNumber(text string) (string, error) {
	digits := strings.NewReplacer("+", "", " ", "", "-", "", "(", "", ")", "").Replace(text)
	if len(digits) < 7 || len(digits) > 15 || strings.Trim(digits, "0123456789") != "" || digits[0] == '0' {
		return "", fmt.Errorf("%q is no international phone number (such as 15551234567)", text)
	}
	return digits, nil
}
