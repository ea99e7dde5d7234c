package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/wamediax/whatsmeow-ext/wamediax"
	"github.com/wamediax/whatsmeow-ext/wamediax/stickerpack"
	"github.com/wamediax/whatsmeow-ext/wamediax/stickerpack/convert"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

// tourStickers draws some pictures, publishes them as a sticker pack, and has another account take the pack apart again.
func tourStickers(ctx context.Context, out io.Writer) error {
	service := wamediaxtest.NewServer()
	defer service.Close()
	publisher, err := service.NewClient(ctx)
	if err != nil {
		return fmt.Errorf("failed to log in: %w", err)
	}
	receiver, err := service.NewClient(ctx)
	if err != nil {
		return fmt.Errorf("failed to log in: %w", err)
	}
	viaService := wamediax.WithHTTPClient(service.HTTPClient())

	dir, err := os.MkdirTemp("", "bot-stickers-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	for i, emoji := range []string{"🔴", "🟢", "🔵"} {
		if err := drawDot(filepath.Join(dir, fmt.Sprintf("%02d_%s.png", i, emoji)), i); err != nil {
			return err
		}
	}

	fmt.Fprintln(out, "\nPublishing a folder of pictures as a sticker pack.")
	pack, err := convert.FromDir(ctx, dir)
	if err != nil {
		return err
	}
	pack.Name, pack.Publisher = "Dots", "wamediax"
	msg, err := stickerpack.Publish(ctx, wamediax.Wrap(publisher, viaService), pack)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "  %d stickers in one zip of %s, thumbnail under the same key\n", len(msg.GetStickers()), size(int64(msg.GetFileLength())))

	got, err := stickerpack.Download(ctx, wamediax.Wrap(receiver, viaService), msg)
	if err != nil {
		return err
	}
	if len(got.Stickers) != len(pack.Stickers) {
		return errors.New("the pack that came is not the pack that was sent")
	}
	for i, sticker := range got.Stickers {
		if string(sticker.WebP) != string(pack.Stickers[i].WebP) || sticker.Emojis[0] != pack.Stickers[i].Emojis[0] {
			return fmt.Errorf("sticker %d is not the one that was sent", i)
		}
	}
	fmt.Fprintln(out, "  another account has them all")
	return nil
}
