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
	began    bool
	drawn    *progressbar.ProgressBar
}

func newBar(out io.Writer) *bar {
	file, ok := out.(*os.File)
	return &bar{out: out, terminal: ok && term.IsTerminal(int(file.Fd()))}
}

func (b *bar) show(p wamediax.Progress) {
	next := !b.began || p.Stage != b.now.Stage || p.Attempt != b.now.Attempt || p.Total != b.now.Total
	b.now, b.began = p, true
	switch {
	case b.terminal:
		if next {
			b.end()
			total := p.Total
			if total == 0 {
				total = -1 // nobody knows yet
			}
			b.drawn = progressbar.NewOptions64(total,
				progressbar.OptionSetWriter(b.out), progressbar.OptionSetDescription(title(p)),
				progressbar.OptionShowBytes(true), progressbar.OptionSetWidth(30), progressbar.OptionSetRenderBlankState(true),
				progressbar.OptionSetSpinnerChangeInterval(0)) // it would turn for ever, in a goroutine of its own
		}
		_ = b.drawn.Set64(p.Done)
	case next, p.Done == p.Total:
		line := fmt.Sprintf("  %s: %s", title(p), size(p.Done))
		if p.Total > 0 {
			line += " of " + size(p.Total)
		}
		fmt.Fprintln(b.out, line)
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
