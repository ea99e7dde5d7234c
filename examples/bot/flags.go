package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/rs/zerolog"

	"github.com/wamediax/whatsmeow-ext/examples/bot/guard"
	"github.com/wamediax/whatsmeow-ext/examples/bot/tour"
)

// config is the value of the flags.
type config struct {
	tour            tour.Config
	database, media string // database is "" for the tour
	allow           guard.People
	phone           string // digits
	max             int64  // bytes
	timeout         time.Duration
	level           zerolog.Level
}

// parseFlags parses args. For -h it writes the help to out and returns flag.ErrHelp.
func parseFlags(args []string, out io.Writer) (cfg config, err error) {
	cfg = config{allow: make(guard.People), max: 2 << 30, level: zerolog.InfoLevel}
	flags := flag.NewFlagSet("bot", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // main reports errors
	flags.StringVar(&cfg.tour.File, "file", "", "tour: upload the file at `PATH` instead of 64 MiB of random bytes")
	flags.StringVar(&cfg.tour.Sheet, "sheet", "", "tour: write a contact sheet of the previews to this PNG `FILE`")
	flags.StringVar(&cfg.database, "db", "", "run the bot; `FILE` is its database, which holds keys: keep it private")
	flags.Func("allow", "accept commands only from these phone `NUMBERS`, with country code, separated by commas; required", func(list string) error {
		for number := range strings.SplitSeq(list, ",") {
			number, err := guard.PhoneNumber(number)
			if err != nil {
				return err
			}
			cfg.allow[number] = true
		}
		return nil
	})
	flags.Func("phone", "pair with a code to enter on the phone with this `NUMBER` instead of a QR code", func(number string) (err error) {
		cfg.phone, err = guard.PhoneNumber(number)
		return err
	})
	flags.StringVar(&cfg.media, "media", "media", "`DIRECTORY` of the files to send and of saved files, created if necessary")
	flags.Func("max", "largest file to send or save, in `BYTES` or with a unit, such as 100MB (default 2GiB)", func(size string) error {
		bytes, err := humanize.ParseBytes(size)
		if err != nil || bytes == 0 || bytes > 1<<62 {
			return errors.New("not a size such as 100MB")
		}
		cfg.max = int64(bytes)
		return nil
	})
	flags.DurationVar(&cfg.timeout, "timeout", time.Hour, "longest `TIME` for one command")
	flags.Func("log-level", "lowest `LEVEL` to log: debug, info, warn or error (default info); debug logs whole stanzas, tokens included", func(name string) (err error) {
		switch cfg.level, err = zerolog.ParseLevel(name); {
		case err != nil:
			return errors.New("unknown level")
		case cfg.level == zerolog.NoLevel:
			return errors.New("unknown level")
		}
		return nil
	})
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		fmt.Fprint(out, "The tour, without an account:  bot [-file PATH] [-sheet FILE]\n"+
			"The bot:                       bot -db FILE -allow NUMBER,… [flags]\n\n")
		flags.SetOutput(out)
		flags.PrintDefaults()
		return cfg, err
	} else if err != nil {
		return cfg, err
	}
	var forBot, forTour string // a flag that was given
	flags.Visit(func(f *flag.Flag) {
		switch f.Name {
		case "file", "sheet":
			forTour = f.Name
		case "db":
		default:
			forBot = f.Name
		}
	})
	switch {
	case flags.NArg() > 0:
		return cfg, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	case cfg.database == "" && forBot != "":
		return cfg, fmt.Errorf("-%s is for the bot, which needs -db", forBot)
	case cfg.database == "":
		return cfg, nil
	case forTour != "":
		return cfg, fmt.Errorf("-%s is for the tour and cannot be used with -db", forTour)
	case len(cfg.allow) == 0:
		return cfg, errors.New("-db needs -allow: the phone numbers from which the bot accepts commands")
	case cfg.timeout <= 0:
		return cfg, errors.New("-timeout must be more than 0")
	}
	return cfg, nil
}
