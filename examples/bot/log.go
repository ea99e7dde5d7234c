package main

import (
	"io"
	"os"
	"time"

	"github.com/rs/zerolog"
	"golang.org/x/term"
)

// newLog logs text to a terminal and JSON to anything else.
func newLog(out io.Writer, level zerolog.Level) zerolog.Logger {
	if file, ok := out.(*os.File); ok && term.IsTerminal(int(file.Fd())) {
		out = zerolog.ConsoleWriter{Out: out, TimeFormat: time.TimeOnly}
	}
	return zerolog.New(zerolog.SyncWriter(out)).Level(level).With().Timestamp().Logger()
}
