package stickerpack

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"image/jpeg"
	"slices"
	"time"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"google.golang.org/protobuf/proto"
)

// message is a sticker pack message under construction.
type message struct{ *waE2E.StickerPackMessage }

// message returns the fields that WhatsApp Web sets, except the thumbnail's, for an uploaded zip.
func (p *prepared) message(zip whatsmeow.UploadResponse) message {
	msg := &waE2E.StickerPackMessage{
		StickerPackID:    proto.String(p.ID),
		Name:             proto.String(p.Name),
		Publisher:        proto.String(p.Publisher),
		Stickers:         make([]*waE2E.StickerPackMessage_Sticker, len(p.Stickers)),
		FileLength:       proto.Uint64(zip.FileLength),
		FileSHA256:       zip.FileSHA256,
		FileEncSHA256:    zip.FileEncSHA256,
		MediaKey:         zip.MediaKey,
		DirectPath:       proto.String(zip.DirectPath),
		StickerPackSize:  proto.Uint64(zip.FileLength),
		TrayIconFileName: proto.String(p.trayName()),
	}
	if p.Caption != "" {
		msg.Caption = proto.String(p.Caption)
	}
	if p.Description != "" {
		msg.PackDescription = proto.String(p.Description)
	}
	for i := range p.Stickers {
		msg.Stickers[i] = &waE2E.StickerPackMessage_Sticker{
			FileName:           proto.String(p.zip.names[i]),
			IsAnimated:         proto.Bool(p.animated[i]),
			Emojis:             slices.Clone(p.Stickers[i].Emojis),
			AccessibilityLabel: proto.String(p.Stickers[i].Label),
			IsLottie:           proto.Bool(false),
			Mimetype:           proto.String("image/webp"),
		}
	}
	return message{msg}
}

func (p *Pack) trayName() string { return p.ID + extension }

func (m message) withThumbnail(thumbnail whatsmeow.UploadResponse) {
	m.ThumbnailDirectPath = proto.String(thumbnail.DirectPath)
	m.ThumbnailSHA256 = thumbnail.FileSHA256
	m.ThumbnailEncSHA256 = thumbnail.FileEncSHA256
}

func (m message) withOrigin() {
	m.StickerPackOrigin = waE2E.StickerPackMessage_USER_CREATED.Enum()
}

func (m message) withMobileFields(thumbnail []byte, keyTime time.Time) error {
	size, err := jpeg.DecodeConfig(bytes.NewReader(thumbnail))
	if err != nil {
		return fmt.Errorf("failed to read thumbnail: %w", err)
	}
	hash := sha256.Sum256(thumbnail)
	m.withOrigin()
	m.ThumbnailWidth = proto.Uint32(uint32(size.Width))
	m.ThumbnailHeight = proto.Uint32(uint32(size.Height))
	m.ImageDataHash = proto.String(base64.StdEncoding.EncodeToString(hash[:]))
	m.MediaKeyTimestamp = proto.Int64(keyTime.Unix())
	return nil
}
