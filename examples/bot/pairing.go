package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/mdp/qrterminal/v3"
	"go.mau.fi/whatsmeow"
	"golang.org/x/term"
)

// pairing makes the bot a linked device of somebody's account.
type pairing struct {
	client *whatsmeow.Client
	phone  string    // ask for a code for this number, in place of a QR code
	screen io.Writer // what the person sees
	shown  func(qr, code string)
}

// run shows codes until one of them has been used. connect connects the client.
func (p *pairing) run(ctx context.Context, connect func() error) error {
	items, err := p.client.GetQRChannel(ctx)
	if err != nil {
		return fmt.Errorf("failed to pair: %w", err)
	}
	if err := connect(); err != nil {
		return err
	}
	asked := false
	for {
		select {
		case <-ctx.Done():
			return errors.New("pairing was interrupted: nothing is paired")
		case item, open := <-items:
			switch {
			case !open && ctx.Err() != nil:
				return errors.New("pairing was interrupted: nothing is paired")
			case !open:
				return errors.New("pairing ended without a result: start the bot again")
			case item.Event == whatsmeow.QRChannelEventCode && p.phone == "":
				p.showQR(item.Code, item.Timeout)
			case item.Event == whatsmeow.QRChannelEventCode && !asked:
				asked = true // QR codes come all the same; one code for the phone is enough
				if err := p.showCode(ctx); err != nil {
					return err
				}
			case item.Event == whatsmeow.QRChannelEventCode:
			case item.Event == whatsmeow.QRChannelSuccess.Event:
				fmt.Fprintln(p.screen, "Paired. Logging in …")
				return nil
			default:
				return pairingError(item)
			}
		}
	}
}

func (p *pairing) showQR(code string, good time.Duration) {
	fmt.Fprint(p.screen, "\nOn the phone: WhatsApp > Settings > Linked devices > Link a device.\nThen scan this:\n\n")
	var blocks strings.Builder
	qrterminal.GenerateWithConfig(code, qrterminal.Config{
		Level: qrterminal.L, Writer: &blocks, HalfBlocks: true, QuietZone: 2,
		BlackChar: qrterminal.BLACK_BLACK, WhiteChar: qrterminal.WHITE_WHITE,
		BlackWhiteChar: qrterminal.BLACK_WHITE, WhiteBlackChar: qrterminal.WHITE_BLACK,
	})
	file, ok := p.screen.(*os.File)
	terminal := ok && term.IsTerminal(int(file.Fd()))
	for line := range strings.Lines(blocks.String()) {
		if terminal { // white on black, whatever its colours are: phones do not read it the other way round
			line = "\033[97;40m" + strings.TrimSuffix(line, "\n") + "\033[0m\n"
		}
		fmt.Fprint(p.screen, line)
	}
	fmt.Fprintf(p.screen, "\nGood for %.0f seconds, then the next one comes. Ctrl-C ends this.\n", good.Seconds())
	if terminal {
		if _, rows, err := term.GetSize(int(file.Fd())); err == nil && rows < 40 {
			fmt.Fprintln(p.screen, "If it does not fit: make the window larger, or use -phone NUMBER.")
		}
	}
	if p.shown != nil {
		p.shown(code, "")
	}
}

func (p *pairing) showCode(ctx context.Context) error {
	code, err := p.client.PairPhone(ctx, p.phone, true, whatsmeow.PairClientChrome, "Chrome (Linux)")
	if err != nil {
		return fmt.Errorf("failed to get a pairing code for %s: %w", p.phone, err)
	}
	fmt.Fprintf(p.screen, "\nOn the phone with the number %s: WhatsApp > Settings >\n"+
		"Linked devices > Link a device > Link with phone number instead.\nThen enter this:\n\n    %s\n\nGood for about two minutes. Ctrl-C ends this.\n", p.phone, code)
	if p.shown != nil {
		p.shown("", code)
	}
	return nil
}

// pairingError says what the last item of a pairing that failed means.
func pairingError(item whatsmeow.QRChannelItem) error {
	switch item.Event {
	case whatsmeow.QRChannelTimeout.Event:
		return errors.New("pairing timed out, or the connection broke: no code was used; start the bot again")
	case whatsmeow.QRChannelClientOutdated.Event:
		return errOutdated
	case whatsmeow.QRChannelEventPasskeyRequest, whatsmeow.QRChannelEventPasskeyResponse:
		return errors.New("failed to pair: this account wants a passkey for new devices, which this bot does not have")
	case whatsmeow.QRChannelEventError:
		return fmt.Errorf("failed to pair: %w", item.Error)
	}
	return fmt.Errorf("failed to pair: WhatsApp says %q; start the bot again", item.Event)
}

var errOutdated = errors.New("WhatsApp no longer lets this version of whatsmeow in: update it (go get -u go.mau.fi/whatsmeow)")
