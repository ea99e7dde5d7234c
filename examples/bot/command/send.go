package command

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"io"
	"path/filepath"
	"strings"

	"github.com/gabriel-vasile/mimetype"
	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"google.golang.org/protobuf/proto"

	"github.com/wamediax/whatsmeow-ext/examples/bot/guard"
	"github.com/wamediax/whatsmeow-ext/wamediax"
	"github.com/wamediax/whatsmeow-ext/wamediax/safehttp"
)

// send sends a file of the media folder, or what is at a URL, as what it is.
func (b *Bot) send(ctx context.Context, req *request) (string, error) {
	switch {
	case req.args == "":
		return "", guard.Refuse("Send what? Use !send PATH or !send URL.")
	case strings.Contains(req.args, "://"):
		return "", b.sendURL(ctx, req)
	default:
		return "", b.sendFile(ctx, req)
	}
}

// sendFile uploads a file in place. The resume store knows it by its path: an upload that the bot's end interrupted goes on,
// and one that is done is not repeated.
func (b *Bot) sendFile(ctx context.Context, req *request) error {
	file, err := b.Media.File(req.args)
	if err != nil {
		return err
	}
	defer file.Close()
	head := make([]byte, wamediax.SniffLen)
	n, err := file.ReadAt(head, 0)
	if err != nil && err != io.EOF {
		return err
	}
	if n == 0 {
		return guard.Refuse("It is empty.")
	}
	mediaType := wamediax.Sniff(head[:n]).MediaType
	up, err := b.client.UploadMedia(ctx, file, mediaType)
	if err != nil {
		return err
	}
	return b.deliver(ctx, req, up, mediaType, filepath.Base(file.Name()))
}

// sendURL uploads what is at a URL while it arrives.
func (b *Bot) sendURL(ctx context.Context, req *request) error {
	err := b.sendFetched(ctx, req)
	if errors.Is(err, safehttp.ErrTooLarge) {
		return guard.TooLarge(b.Media.Max)
	}
	return err
}

func (b *Bot) sendFetched(ctx context.Context, req *request) error {
	resp, err := b.Web.Get(ctx, req.args, b.Media.Max)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	reader := bufio.NewReaderSize(resp.Body, wamediax.SniffLen)
	head, err := reader.Peek(wamediax.SniffLen)
	if err != nil && err != io.EOF {
		return err
	}
	if len(head) == 0 {
		return guard.Refuse("It is empty.")
	}
	mediaType := wamediax.Sniff(head).MediaType
	up, err := b.client.UploadLive(ctx, reader, mediaType)
	if err != nil {
		return err
	}
	name := cmp.Or(guard.FileName(resp.FileName()), "download"+mimetype.Lookup(up.Mimetype).Extension())
	return b.deliver(ctx, req, up, mediaType, name)
}

// deliver sends what has been uploaded to the chat.
func (b *Bot) deliver(ctx context.Context, req *request, up *wamediax.Uploaded, mediaType whatsmeow.MediaType, name string) error {
	b.count.bytesSent.Add(up.BytesSent)
	if up.Resumed {
		b.count.resumed.Add(1)
	}
	msg := new(waE2E.Message)
	switch mediaType {
	case whatsmeow.MediaImage:
		msg.ImageMessage = up.ImageMessage()
		msg.ImageMessage.Caption = proto.String(name)
		msg.ImageMessage.ContextInfo = req.quote()
	case whatsmeow.MediaVideo:
		msg.VideoMessage = up.VideoMessage()
		msg.VideoMessage.Caption = proto.String(name)
		msg.VideoMessage.ContextInfo = req.quote()
	case whatsmeow.MediaAudio:
		msg.AudioMessage = up.AudioMessage()
		msg.AudioMessage.ContextInfo = req.quote()
	default:
		msg.DocumentMessage = up.DocumentMessage()
		msg.DocumentMessage.FileName = proto.String(name)
		msg.DocumentMessage.Title = proto.String(name)
		msg.DocumentMessage.ContextInfo = req.quote()
	}
	return b.say(ctx, req, msg)
}
