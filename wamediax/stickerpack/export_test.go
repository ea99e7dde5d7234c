package stickerpack

import (
	"context"

	"go.mau.fi/whatsmeow/proto/waE2E"
)

var HashIn = hashIn

func Unzip(ctx context.Context, data []byte, msg *waE2E.StickerPackMessage) (*Pack, error) {
	return unzip(ctx, data, msg)
}
