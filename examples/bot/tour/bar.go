package tour

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/wamediax/whatsmeow-ext/wamediax"
)

// bar shows the progress of a transfer. On a terminal it draws each attempt; elsewhere it writes a
// line where an attempt begins, and one where it is cut off.
//
// (Libraries for this count what the host already held as transferred, and break in narrow
// windows.)
type bar struct {
	*screen
	open  bool
	now   wamediax.Progress
	first int64 // bytes when the attempt began
	began time.Time
	drawn time.Time
}

func (b *bar) show(p wamediax.Progress) {
	if !b.open || p.Stage != b.now.Stage || p.Attempt != b.now.Attempt {
		resumed := p.Resumed
		if b.open && p.Stage == b.now.Stage {
			b.cutOff(p)
			resumed = false // cutOff has already reported it
		} else {
			b.end()
		}
		b.say("%s", title(p, resumed))
		b.open, b.first, b.began, b.drawn = true, p.Done, time.Now(), time.Time{}
	}
	b.now = p // a live upload has its total only at the end
	if b.terminal != nil && time.Since(b.drawn) > 50*time.Millisecond {
		b.drawn = time.Now()
		fmt.Fprint(b, b.line(b.width()))
	}
}

// cutOff ends the line of an attempt before the next one. It reports what the host holds, because
// the attempt's last report may be older or too optimistic.
func (b *bar) cutOff(next wamediax.Progress) {
	held := ""
	if next.Resumed {
		b.now.Done = next.Done
		held = "; the host holds " + size(next.Done)
	}
	b.close()
	b.say("cut off%s", held)
}

// end ends the line of the last attempt.
func (b *bar) end() {
	if !b.open {
		return
	}
	b.close()
	if b.now.Done < b.now.Total {
		b.say("interrupted")
	}
}

func (b *bar) close() {
	b.open = false
	if b.terminal != nil {
		fmt.Fprintln(b, b.line(b.width()))
	}
}

func title(p wamediax.Progress, resumed bool) string {
	if p.Stage == wamediax.Encrypting {
		return "reading once for the hashes"
	}
	text := fmt.Sprintf("%s, attempt %d, %s", p.Stage, p.Attempt, p.Host)
	if resumed {
		text += ", resumed at " + size(p.Done)
	}
	return text
}

func amount(p wamediax.Progress) string {
	if p.Total == 0 { // unknown so far
		return size(p.Done)
	}
	return size(p.Done) + " of " + size(p.Total)
}

// line returns text that replaces the cursor's line, with as many details as fit into columns.
func (b *bar) line(columns int) string {
	rate := ""
	if seconds := time.Since(b.began).Seconds(); seconds > 0.01 && b.now.Done > b.first {
		rate = fmt.Sprintf("  %s/s", size(int64(float64(b.now.Done-b.first)/seconds)))
	}
	room := columns - len(indent)
	if b.now.Total == 0 {
		return "\r\033[K" + indent + amount(b.now) + rate
	}
	done := float64(min(b.now.Done, b.now.Total)) / float64(b.now.Total)
	percent := fmt.Sprintf(" %3.0f%%", 100*done)
	const narrowest, widest = 10, 40
	for _, rest := range []string{percent + "  " + amount(b.now) + rate, percent + rate, percent} {
		if width := min(room-utf8.RuneCountInString(rest), widest); width >= narrowest || rest == percent {
			full := int(done * float64(width))
			return "\r\033[K" + indent + strings.Repeat("█", full) + strings.Repeat("░", width-full) + rest
		}
	}
	panic("unreachable")
}
