package stickerpack

import (
	"bytes"
	"context"

	"go.mau.fi/whatsmeow/proto/waE2E"
)

var HashIn = hashIn

func Unzip(ctx context.Context, data []byte, msg *waE2E.StickerPackMessage) (*Pack, error) {
	return unzip(ctx, bytes.NewReader(data), int64(len(data)), msg)
}
