package command

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"go.mau.fi/whatsmeow/proto/waE2E"

	"github.com/wamediax/whatsmeow-ext/examples/bot/guard"
	"github.com/wamediax/whatsmeow-ext/wamediax/stickerpack"
	"github.com/wamediax/whatsmeow-ext/wamediax/stickerpack/convert"
)

// stickers publishes a folder of pictures as a sticker pack.
func (b *Bot) stickers(ctx context.Context, req *request) (string, error) {
	if req.args == "" {
		return "", guard.Refuse("Which folder? Send !stickers FOLDER.")
	}
	dir, err := b.Media.Folder(req.args)
	if err != nil {
		return "", err
	}
	defer dir.Close()
	pack, err := b.convert(ctx, dir)
	if ctx.Err() != nil {
		return "", context.Cause(ctx)
	} else if err != nil {
		return "", guard.Refuse("%s", oneLine(err)) // the error names only files of the folder
	}
	msg, err := stickerpack.Publish(ctx, b.client, pack)
	var broken stickerpack.RuleErrors
	if errors.As(err, &broken) {
		return "", guard.Refuse("%s", oneLine(broken))
	} else if err != nil {
		return "", err
	}
	b.count.bytesSent.Add(int64(msg.GetFileLength()))
	msg.ContextInfo = req.quote()
	return "", b.say(ctx, req, &waE2E.Message{StickerPackMessage: msg})
}

// convert converts the pictures in a folder to a pack. It converts one folder at a time, because a
// picture can take 192 MiB.
func (b *Bot) convert(ctx context.Context, dir *os.Root) (*stickerpack.Pack, error) {
	if err := b.converting.Acquire(ctx, 1); err != nil {
		return nil, err
	}
	defer b.converting.Release(1)
	return convert.FromRoot(ctx, dir, filepath.Base(filepath.Clean(dir.Name())))
}

// oneLine shortens an error that may list many files.
func oneLine(err error) string {
	const most = 400
	text := strings.Join(strings.Fields(err.Error()), " ")
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + " …"
	}
	return "No sticker pack: " + text
}
