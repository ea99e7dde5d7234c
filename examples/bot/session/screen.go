package session

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/mdp/qrterminal/v3"
	"golang.org/x/term"
)

// Screen shows codes to the person who pairs the bot.
type Screen interface {
	QR(code string, valid time.Duration) // to scan with the phone
	Code(phone, code string)             // to enter on the phone with that number
	Paired()
}

// Terminal is a Screen that writes text. If out is a terminal, it uses its colours.
func Terminal(out io.Writer) Screen { return &terminal{out} }

type terminal struct{ io.Writer }

func (t *terminal) QR(code string, valid time.Duration) {
	fmt.Fprint(t, "\nOn the phone: WhatsApp > Settings > Linked devices > Link a device.\nThen scan this:\n\n")
	var blocks strings.Builder
	qrterminal.GenerateWithConfig(code, qrterminal.Config{
		Level: qrterminal.L, Writer: &blocks, HalfBlocks: true, QuietZone: 2,
		BlackChar: qrterminal.BLACK_BLACK, WhiteChar: qrterminal.WHITE_WHITE,
		BlackWhiteChar: qrterminal.BLACK_WHITE, WhiteBlackChar: qrterminal.WHITE_BLACK,
	})
	file, ok := t.Writer.(*os.File)
	colours := ok && term.IsTerminal(int(file.Fd()))
	for line := range strings.Lines(blocks.String()) {
		if colours { // white on black in every theme: phones cannot read inverted codes
			line = "\033[97;40m" + strings.TrimSuffix(line, "\n") + "\033[0m\n"
		}
		fmt.Fprint(t, line)
	}
	fmt.Fprintf(t, "\nValid for %.0f seconds; then the next code appears. Ctrl-C cancels.\n", valid.Seconds())
	if colours {
		if _, rows, err := term.GetSize(int(file.Fd())); err == nil && rows < 40 {
			fmt.Fprintln(t, "If it does not fit, enlarge the window or use -phone NUMBER.")
		}
	}
}

func (t *terminal) Code(phone, code string) {
	fmt.Fprintf(t, "\nOn the phone with the number %s: WhatsApp > Settings >\n"+
		"Linked devices > Link a device > Link with phone number instead.\nThen enter this:\n\n    %s\n\n"+
		"Valid for about two minutes. Ctrl-C cancels.\n", phone, code)
}

func (t *terminal) Paired() { fmt.Fprintln(t, "Paired. Logging in …") }
