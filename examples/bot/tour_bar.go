package main

import (
	"fmt"
	"io"
	"os"

	"github.com/dustin/go-humanize"
	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"github.com/wamediax/whatsmeow-ext/wamediax"
)

func size(bytes int64) string { return humanize.IBytes(uint64(bytes)) }

// bar shows progress to a person: as a bar in a terminal, and as a line at each beginning and end elsewhere.
type bar struct {
	out      io.Writer
	terminal bool
	now      wamediax.Progress
	drawn    *progressbar.ProgressBar
}

func newBar(out io.Writer) *bar {
	file, ok := out.(*os.File)
	return &bar{out: out, terminal: ok && term.IsTerminal(int(file.Fd()))}
}

func (b *bar) show(p wamediax.Progress) {
	next := b.now.Total == 0 || p.Stage != b.now.Stage || p.Attempt != b.now.Attempt
	b.now = p
	switch {
	case b.terminal:
		if next {
			b.end()
			b.drawn = progressbar.NewOptions64(p.Total,
				progressbar.OptionSetWriter(b.out), progressbar.OptionSetDescription(title(p)),
				progressbar.OptionShowBytes(true), progressbar.OptionSetWidth(30))
		}
		_ = b.drawn.Set64(p.Done)
	case next, p.Done == p.Total:
		fmt.Fprintf(b.out, "  %s: %s of %s\n", title(p), size(p.Done), size(p.Total))
	}
}

// end leaves the bar as it is and begins a new line.
func (b *bar) end() {
	if b.drawn != nil {
		_ = b.drawn.Exit()
		fmt.Fprintln(b.out)
		b.drawn = nil
	}
}

func title(p wamediax.Progress) string {
	if p.Stage == wamediax.Encrypting {
		return "reading once for the hashes"
	}
	text := fmt.Sprintf("%s, attempt %d on %s", p.Stage, p.Attempt, p.Host)
	if p.Resumed {
		text += ", going on"
	}
	return text
}
