package session

import (
	"context"
	"errors"
	"fmt"

	"go.mau.fi/whatsmeow"
)

var errInterrupted = errors.New("pairing was interrupted: nothing is paired")

// pair links the client to an account. It shows codes until one is used.
func (s *Session) pair(ctx context.Context) error {
	items, err := s.client.GetQRChannel(ctx)
	if err != nil {
		return fmt.Errorf("failed to pair: %w", err)
	}
	if err := s.connect(ctx); err != nil {
		return err
	}
	asked := false
	for {
		select {
		case <-ctx.Done():
			return errInterrupted
		case item, open := <-items:
			switch {
			case !open && ctx.Err() != nil:
				return errInterrupted
			case !open:
				return errors.New("pairing ended without a result: start the bot again")
			case item.Event == whatsmeow.QRChannelEventCode && s.Phone == "":
				s.Screen.QR(item.Code, item.Timeout)
			case item.Event == whatsmeow.QRChannelEventCode && !asked:
				asked = true // one code for the phone is enough; QR codes keep coming
				code, err := s.client.PairPhone(ctx, s.Phone, true, whatsmeow.PairClientChrome, "Chrome (Linux)")
				if err != nil {
					return fmt.Errorf("failed to get a pairing code for %s: %w", s.Phone, err)
				}
				s.Screen.Code(s.Phone, code)
			case item.Event == whatsmeow.QRChannelEventCode:
			case item.Event == whatsmeow.QRChannelSuccess.Event:
				s.Screen.Paired()
				return nil
			default:
				return pairingError(item)
			}
		}
	}
}

// pairingError returns the error for the last item of a failed pairing.
func pairingError(item whatsmeow.QRChannelItem) error {
	switch item.Event {
	case whatsmeow.QRChannelTimeout.Event:
		return errors.New("pairing timed out or the connection broke before a code was used: start the bot again")
	case whatsmeow.QRChannelClientOutdated.Event:
		return ErrOutdated
	case whatsmeow.QRChannelEventPasskeyRequest, whatsmeow.QRChannelEventPasskeyResponse:
		return errors.New("failed to pair: this account requires a passkey for new devices, which the bot does not support")
	case whatsmeow.QRChannelEventError:
		return fmt.Errorf("failed to pair: %w", item.Error)
	}
	return fmt.Errorf("failed to pair: WhatsApp reported %q; start the bot again", item.Event)
}

// ErrOutdated is returned by Run if WhatsApp accepts only newer versions of whatsmeow.
var ErrOutdated = errors.New("WhatsApp no longer accepts this version of whatsmeow: update it (go get -u go.mau.fi/whatsmeow)")
