package command

import (
	"context"

	"go.mau.fi/whatsmeow/types"

	"github.com/wamediax/whatsmeow-ext/examples/bot/guard"
	"github.com/wamediax/whatsmeow-ext/wamediax"
)

// forward sends the media of the quoted message to this chat, or to another allowed number. It does
// not transfer the media, which is already on WhatsApp's hosts.
func (b *Bot) forward(ctx context.Context, req *request) (string, error) {
	reply := req.Message.Message.GetExtendedTextMessage().GetContextInfo()
	if wamediax.MediaIn(reply.GetQuotedMessage()) == nil {
		return "", guard.Refuse("Send !forward as a reply to a message with media.")
	}
	info, err := b.quoted(req, reply)
	if err != nil {
		return "", err
	}
	to, answer := req.Info.Chat.ToNonAD(), ""
	if req.args != "" {
		number, err := guard.PhoneNumber(req.args)
		if err != nil {
			return "", guard.Refuse("That is not an international phone number, such as 15551234567.")
		}
		if !b.Allow[number] {
			return "", guard.Refuse("The bot forwards only to this chat and to numbers that may use it.")
		}
		to, answer = types.NewJID(number, types.DefaultUserServer), "Forwarded to +"+number+"."
	}
	_, err = b.client.ForwardMedia(ctx, to, info, reply.GetQuotedMessage())
	return answer, err
}
