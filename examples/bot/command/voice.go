package command

import (
	"context"

	"github.com/wamediax/whatsmeow-ext/examples/bot/guard"
	"github.com/wamediax/whatsmeow-ext/wamediax"
	"github.com/wamediax/whatsmeow-ext/wamediax/preview/voice"
)

// voice sends a WAV or MP3 of the media folder as a voice message. It is encoded while it is uploaded.
func (b *Bot) voice(ctx context.Context, req *request) (string, error) {
	if req.args == "" {
		return "", guard.Refuse("Which file? Send !voice FILE.wav.")
	}
	file, err := b.Media.File(req.args)
	if err != nil {
		return "", err
	}
	defer file.Close()
	return "", b.sendMedia(ctx, req, voice.NewReader(file), wamediax.AsVoice())
}
