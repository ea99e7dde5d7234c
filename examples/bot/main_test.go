package main

import (
	"bytes"
	"flag"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestFlagsSayWhatTheBotShallDo(t *testing.T) {
	cfg, _, err := parseFlags([]string{"-db", "bot.db", "-allow", "+1 (555) 123-4567,447700900123", "-allow", "4915112345678", "-max", "100MB",
		"-timeout", "90s", "-log-level", "warn", "-phone", "+1 555 000 1111", "-media", "here"}, nil)
	require.NoError(t, err)
	require.Equal(t, &config{
		db: "bot.db", media: "here", allow: map[string]bool{"15551234567": true, "447700900123": true, "4915112345678": true},
		phone: "15550001111", max: 100_000_000, timeout: 90 * time.Second, level: zerolog.WarnLevel,
	}, cfg)

	cfg, _, err = parseFlags([]string{"-db", "bot.db", "-allow", "15551234567"}, nil)
	require.NoError(t, err)
	require.Equal(t, int64(2<<30), cfg.max)

	cfg, file, err := parseFlags([]string{"-file", "x"}, nil)
	require.NoError(t, err)
	require.Nil(t, cfg)
	require.Equal(t, "x", file)
}

func TestWrongFlagsAreSaidSo(t *testing.T) {
	ok := []string{"-db", "bot.db", "-allow", "15551234567"}
	for says, args := range map[string][]string{
		"-db needs -allow":                    {"-db", "bot.db"},
		"-allow is for the bot: it needs -db": {"-allow", "15551234567"},
		"-file is for the tour":               append(ok, "-file", "x"),
		`unexpected argument "now"`:           append(ok, "now"),
		`"555" is no international phone`:     {"-db", "bot.db", "-allow", "555"},
		`"" is no international phone`:        {"-db", "bot.db", "-allow", "15551234567,"},
		`"0049151123" is no international`:    append(ok, "-phone", "0049151123"),
		"no size in bytes":                    append(ok, "-max", "0"),
		"-timeout must be more than 0":        append(ok, "-timeout", "0s"),
		"no such level":                       append(ok, "-log-level", "loud"),
		"not defined: -dbb":                   {"-dbb", "x"},
	} {
		_, _, err := parseFlags(args, nil)
		require.ErrorContains(t, err, says)
	}
}

func TestHelpWarnsOfWhatTheLogHolds(t *testing.T) {
	var out bytes.Buffer
	_, _, err := parseFlags([]string{"-h"}, &out)
	require.ErrorIs(t, err, flag.ErrHelp)
	require.Contains(t, out.String(), "tokens included")
}
