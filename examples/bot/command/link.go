package command

import (
	"context"
	"time"

	"go.mau.fi/whatsmeow/proto/waE2E"

	"github.com/wamediax/whatsmeow-ext/examples/bot/guard"
	"github.com/wamediax/whatsmeow-ext/wamediax/linkpreview"
)

// link answers with a URL and a preview of its page.
func (b *Bot) link(_ context.Context, req *request) (string, error) {
	url := linkpreview.FindURL(req.args)
	if url == "" {
		return "", guard.Refuse("Which page? Send !link URL, with http:// or https://.")
	}
	return url, nil
}

// linkPatience is the longest time that an answer waits for the preview of its first link.
const linkPatience = 5 * time.Second

// text returns a text message with a preview of its first link.
func (b *Bot) text(ctx context.Context, text string) *waE2E.ExtendedTextMessage {
	plain := &waE2E.ExtendedTextMessage{Text: &text}
	if ctx.Err() != nil || linkpreview.FindURL(text) == "" {
		return plain
	}
	ctx, cancel := context.WithTimeout(ctx, linkPatience)
	defer cancel()
	msg, err := b.links.Message(ctx, b.client, text)
	if err != nil {
		b.Log.Info().Err(err).Msg("Answering without a link preview")
	}
	if msg == nil {
		return plain
	}
	return msg
}
