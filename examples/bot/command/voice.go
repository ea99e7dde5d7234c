package command

import (
	"context"

	"github.com/wamediax/whatsmeow-ext/examples/bot/guard"
	"github.com/wamediax/whatsmeow-ext/wamediax"
	"github.com/wamediax/whatsmeow-ext/wamediax/preview/voice"
)

// voice sends a WAV or MP3 from the media folder as a voice message and encodes it during the
// upload.
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
