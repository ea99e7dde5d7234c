package guard

import (
	"context"
	"fmt"
	"strings"
	"time"

	"go.mau.fi/whatsmeow/store"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"
)

// People is the set of phone numbers whose commands a bot obeys, as PhoneNumber returns them.
type People map[string]bool

// PhoneNumber returns the digits of an international phone number, as they are in a JID.
func PhoneNumber(text string) (string, error) {
	digits := strings.NewReplacer("+", "", " ", "", "-", "", "(", "", ")", "").Replace(text)
	if len(digits) < 7 || len(digits) > 15 || strings.Trim(digits, "0123456789") != "" || digits[0] == '0' {
		return "", fmt.Errorf("%q is not an international phone number (such as 15551234567)", text)
	}
	return digits, nil
}

// MaxAge is how old a command may be when the bot starts. Older ones wait on the server while the
// bot is down, and nobody expects them any more.
const MaxAge = 5 * time.Minute

// Obey reports whether the bot with this device, which started at that time, should obey a message.
// An error means that the sender's phone number could not be looked up; the answer then is no.
func (people People) Obey(ctx context.Context, own *store.Device, started time.Time, evt *events.Message) (bool, error) {
	switch sender := evt.Info.Sender; {
	case evt.IsEdit || evt.Info.Category == "peer":
		return false, nil
	case evt.Info.Chat.Server == types.BroadcastServer || evt.Info.Chat.Server == types.NewsletterServer:
		return false, nil // everybody would see the answer
	case sender.Device == own.GetJID().Device && (sender.User == own.GetJID().User || sender.User == own.GetLID().User):
		return false, nil // the bot itself
	case evt.Info.Timestamp.Before(started.Add(-MaxAge)):
		return false, nil
	}
	return people.include(ctx, own, evt.Info.MessageSource)
}

// include looks for the sender's phone number. A message names its sender by the phone number, by
// the LID that stands for it, or by both.
func (people People) include(ctx context.Context, own *store.Device, source types.MessageSource) (bool, error) {
	for _, jid := range []types.JID{source.Sender, source.SenderAlt} {
		if jid.Server == types.DefaultUserServer {
			return people[jid.User], nil
		}
	}
	if source.Sender.Server != types.HiddenUserServer {
		return false, nil
	}
	phone, err := own.LIDs.GetPNForLID(ctx, source.Sender.ToNonAD())
	if err != nil {
		return false, fmt.Errorf("failed to look up a sender's phone number: %w", err)
	}
	return people[phone.User], nil
}
