package tour

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/wamediax/whatsmeow-ext/wamediax/stickerpack"
	"github.com/wamediax/whatsmeow-ext/wamediax/stickerpack/convert"
)

// stickers publishes drawn pictures as a sticker pack, which another account downloads.
func (t *tour) stickers(ctx context.Context, stage *stage) (string, error) {
	dir, err := t.tempDir()
	if err != nil {
		return "", err
	}
	for i, emoji := range []string{"🔴", "🟢", "🔵"} {
		if err := drawDot(filepath.Join(dir, fmt.Sprintf("%02d_%s.png", i, emoji)), i); err != nil {
			return "", err
		}
	}

	t.say("Publishing a folder of pictures as a sticker pack.")
	pack, err := convert.FromDir(ctx, dir)
	if err != nil {
		return "", err
	}
	pack.Name, pack.Publisher = "Dots", "wamediax"
	msg, err := stickerpack.Publish(ctx, stage.client, pack)
	if err != nil {
		return "", err
	}
	t.say("%d stickers in one zip of %s", len(msg.GetStickers()), size(int64(msg.GetFileLength())))

	got, err := stickerpack.Download(ctx, stage.wrap(stage.receiver), msg)
	if err != nil {
		return "", err
	}
	if len(got.Stickers) != len(pack.Stickers) {
		return "", errors.New("the received pack has a different number of stickers")
	}
	for i, sticker := range got.Stickers {
		if string(sticker.WebP) != string(pack.Stickers[i].WebP) || sticker.Emojis[0] != pack.Stickers[i].Emojis[0] {
			return "", fmt.Errorf("sticker %d differs", i)
		}
	}
	t.say("Another account received all of them.")
	return fmt.Sprintf("%d pictures published as one pack of %s", len(got.Stickers), size(int64(msg.GetFileLength()))), nil
}
