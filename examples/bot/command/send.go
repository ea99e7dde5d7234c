package command

import (
	"bufio"
	"context"
	"errors"
	"io"
	"path/filepath"
	"strings"

	"github.com/wamediax/whatsmeow-ext/examples/bot/guard"
	"github.com/wamediax/whatsmeow-ext/wamediax"
	"github.com/wamediax/whatsmeow-ext/wamediax/safehttp"
)

// send sends a file from the media folder or from a URL. Its content decides the kind of message.
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

// sendFile uploads a file in place. The resume store identifies it by its path: an interrupted
// upload resumes, and a finished one is not repeated.
func (b *Bot) sendFile(ctx context.Context, req *request) error {
	file, err := b.Media.File(req.args)
	if err != nil {
		return err
	}
	defer file.Close()
	return b.sendMedia(ctx, req, file, wamediax.WithFileName(filepath.Base(file.Name())))
}

// sendURL sends the response of a server without storing it in the media folder.
func (b *Bot) sendURL(ctx context.Context, req *request) error {
	resp, err := b.Web.Get(ctx, req.args, b.Media.Max)
	if err != nil {
		return tooLarge(err, b.Media.Max)
	}
	defer resp.Body.Close()
	body, err := notEmpty(resp.Body)
	if err != nil {
		return tooLarge(err, b.Media.Max)
	}
	var opts []wamediax.SendOption
	if name := guard.FileName(resp.FileName()); name != "" {
		opts = append(opts, wamediax.WithFileName(name))
	}
	return tooLarge(b.sendMedia(ctx, req, body, opts...), b.Media.Max)
}

// notEmpty refuses an empty source.
func notEmpty(src io.Reader) (io.Reader, error) {
	reader := bufio.NewReader(src)
	if _, err := reader.Peek(1); err == io.EOF {
		return nil, guard.Refuse("It is empty.")
	} else if err != nil {
		return nil, err
	}
	return reader, nil
}

// tooLarge names the limit in the error of a fetch that exceeds it.
func tooLarge(err error, limit int64) error {
	if errors.Is(err, safehttp.ErrTooLarge) {
		return guard.TooLarge(limit)
	}
	return err
}

// sendMedia sends the content of src as a reply to the command.
func (b *Bot) sendMedia(ctx context.Context, req *request, src io.Reader, opts ...wamediax.SendOption) error {
	sent, err := b.client.SendMedia(ctx, req.Info.Chat.ToNonAD(), src, append(opts, wamediax.WithContextInfo(req.quote()))...)
	if err != nil {
		return err
	}
	b.countUpload(sent.Uploaded)
	return nil
}

func (b *Bot) countUpload(up *wamediax.Uploaded) {
	if up == nil {
		return
	}
	b.count.bytesSent.Add(up.BytesSent)
	if up.Resumed {
		b.count.resumed.Add(1)
	}
}
