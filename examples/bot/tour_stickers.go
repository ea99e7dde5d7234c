package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/wamediax/whatsmeow-ext/wamediax/stickerpack"
	"github.com/wamediax/whatsmeow-ext/wamediax/stickerpack/convert"
)

// tourStickers draws some pictures, publishes them as a sticker pack, and has another account take the pack apart again.
func tourStickers(ctx context.Context, out io.Writer) (string, error) {
	stage, err := newTourStage(ctx)
	if err != nil {
		return "", err
	}
	defer stage.Close()
	dir, err := os.MkdirTemp("", "bot-stickers-*")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(dir)
	for i, emoji := range []string{"🔴", "🟢", "🔵"} {
		if err := drawDot(filepath.Join(dir, fmt.Sprintf("%02d_%s.png", i, emoji)), i); err != nil {
			return "", err
		}
	}

	fmt.Fprintln(out, "  Publishing a folder of pictures as a sticker pack.")
	pack, err := convert.FromDir(ctx, dir)
	if err != nil {
		return "", err
	}
	pack.Name, pack.Publisher = "Dots", "wamediax"
	msg, err := stickerpack.Publish(ctx, stage.client, pack)
	if err != nil {
		return "", err
	}
	fmt.Fprintf(out, "  %d stickers in one zip of %s, thumbnail under the same key\n", len(msg.GetStickers()), size(int64(msg.GetFileLength())))

	got, err := stickerpack.Download(ctx, stage.wrap(stage.receiver), msg)
	if err != nil {
		return "", err
	}
	if len(got.Stickers) != len(pack.Stickers) {
		return "", errors.New("the pack that came is not the pack that was sent")
	}
	for i, sticker := range got.Stickers {
		if string(sticker.WebP) != string(pack.Stickers[i].WebP) || sticker.Emojis[0] != pack.Stickers[i].Emojis[0] {
			return "", fmt.Errorf("sticker %d is not the one that was sent", i)
		}
	}
	fmt.Fprintln(out, "  another account has them all")
	return fmt.Sprintf("%d pictures published as one pack of %s", len(got.Stickers), size(int64(msg.GetFileLength()))), nil
}
