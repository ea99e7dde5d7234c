package main

import (
	"bytes"
	"flag"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"

	"github.com/wamediax/whatsmeow-ext/examples/bot/guard"
	"github.com/wamediax/whatsmeow-ext/examples/bot/tour"
)

func TestFlagsAreParsed(t *testing.T) {
	cfg, err := parseFlags([]string{"-db", "bot.db", "-allow", "+1 (555) 123-4567,447700900123", "-allow", "4915112345678", "-max", "100MB",
		"-timeout", "90s", "-log-level", "warn", "-phone", "+1 555 000 1111", "-media", "here"}, nil)
	require.NoError(t, err)
	require.Equal(t, config{
		database: "bot.db", media: "here", allow: guard.People{"15551234567": true, "447700900123": true, "4915112345678": true},
		phone: "15550001111", max: 100_000_000, timeout: 90 * time.Second, level: zerolog.WarnLevel,
	}, cfg)

	cfg, err = parseFlags([]string{"-db", "bot.db", "-allow", "15551234567"}, nil)
	require.NoError(t, err)
	require.Equal(t, int64(2<<30), cfg.max)

	cfg, err = parseFlags([]string{"-file", "x", "-sheet", "y"}, nil)
	require.NoError(t, err)
	require.Empty(t, cfg.database)
	require.Equal(t, tour.Config{File: "x", Sheet: "y"}, cfg.tour)
}

func TestWrongFlagsAreErrors(t *testing.T) {
	ok := []string{"-db", "bot.db", "-allow", "15551234567"}
	for want, args := range map[string][]string{
		"-db needs -allow":                     {"-db", "bot.db"},
		"-allow is for the bot, which needs":   {"-allow", "15551234567"},
		"-file is for the tour":                append(ok, "-file", "x"),
		"-sheet is for the tour":               append(ok, "-sheet", "x"),
		`unexpected argument "now"`:            append(ok, "now"),
		`"555" is not an international phone`:  {"-db", "bot.db", "-allow", "555"},
		`"" is not an international phone`:     {"-db", "bot.db", "-allow", "15551234567,"},
		`"0049151123" is not an international`: append(ok, "-phone", "0049151123"),
		"not a size such as 100MB":             append(ok, "-max", "0"),
		"-timeout must be more than 0":         append(ok, "-timeout", "0s"),
		"unknown level":                        append(ok, "-log-level", "loud"),
		"not defined: -dbb":                    {"-dbb", "x"},
	} {
		_, err := parseFlags(args, nil)
		require.ErrorContains(t, err, want)
	}
}

func TestHelpWarnsOfTokensInTheLog(t *testing.T) {
	var out bytes.Buffer
	_, err := parseFlags([]string{"-h"}, &out)
	require.ErrorIs(t, err, flag.ErrHelp)
	require.Contains(t, out.String(), "tokens included")
}
