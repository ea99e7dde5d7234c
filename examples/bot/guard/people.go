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

// People is the set of phone numbers from which a bot accepts commands, as PhoneNumber returns
// them.
type People map[string]bool

// PhoneNumber returns the digits of an international phone number, in the form that JIDs have.
func PhoneNumber(text string) (string, error) {
	digits := strings.NewReplacer("+", "", " ", "", "-", "", "(", "", ")", "").Replace(text)
	if len(digits) < 7 || len(digits) > 15 || strings.Trim(digits, "0123456789") != "" || digits[0] == '0' {
		return "", fmt.Errorf("%q is not an international phone number (such as 15551234567)", text)
	}
	return digits, nil
}

// MaxAge is the largest age of a command when the bot starts. Older commands waited on the server
// while the bot was down, and nobody expects them to run any more.
const MaxAge = 5 * time.Minute

// Obey reports whether the bot with this device, which started at that time, should run the command
// in a message. If it cannot look up the sender's phone number, it returns false and an error.
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

// include reports whether the sender's phone number is in the set. A message names its sender by
// the phone number, by its LID, or by both.
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
