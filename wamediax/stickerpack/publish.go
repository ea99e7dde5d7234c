package stickerpack

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"

	"github.com/wamediax/whatsmeow-ext/wamediax"
)

// Option is a setting of [Publish] and [PublishNewsletter].
type Option func(*settings)

type settings struct {
	mobileFields bool
	upload       []wamediax.UploadOption
}

// WithMobileFields adds to the message what phones say and WhatsApp Web does not: the thumbnail's dimensions and hash,
// when the media key was made, and that the pack was created by a user. Newsletters' messages always say the last, and have
// none of the others.
func WithMobileFields() Option { return func(s *settings) { s.mobileFields = true } }

// WithUpload gives options to the upload of the stickers, such as [wamediax.WithProgress]. The media key is always the
// pack's own; for a newsletter there is none.
func WithUpload(opts ...wamediax.UploadOption) Option {
	return func(s *settings) { s.upload = append(s.upload, opts...) }
}

// Publish uploads pack and returns the message that shows it, to be sent to as many chats as wanted:
//
//	msg, err := stickerpack.Publish(ctx, client, pack)
//	…
//	_, err = client.SendMessage(ctx, chat, &waE2E.Message{StickerPackMessage: msg})
//
// The stickers go up as one zip, and the thumbnail beside it, under one media key that is made for this call: publishing
// the same pack again makes another message. Memory does not depend on the pack's size beyond what pack itself holds.
//
// The errors are [RuleErrors] for a pack that breaks rules (nothing is uploaded then), [ErrStickerChanged], those of
// [wamediax.Client.UploadMedia], and those of reading a Source. For newsletters there is [PublishNewsletter].
func Publish(ctx context.Context, client *wamediax.Client, pack *Pack, opts ...Option) (*waE2E.StickerPackMessage, error) {
	s := newSettings(opts)
	ready, err := prepare(ctx, pack, true)
	if err != nil {
		return nil, err
	}
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails

	var stickers, thumbnail *wamediax.Uploaded
	both, ctx := newGroup(ctx)
	both.Go(func() (err error) {
		opts := append(s.upload[:len(s.upload):len(s.upload)], wamediax.WithMediaKey(key))
		stickers, err = client.UploadMedia(ctx, ready.zip, whatsmeow.MediaStickerPack, opts...)
		if err != nil {
			return fmt.Errorf("failed to upload the stickers: %w", err)
		}
		return ready.verify()
	})
	both.Go(func() (err error) {
		thumbnail, err = client.UploadMedia(ctx, bytes.NewReader(ready.Thumbnail), wamediax.MediaStickerPackThumbnail, wamediax.WithMediaKey(key))
		if err != nil {
			return fmt.Errorf("failed to upload the thumbnail: %w", err)
		}
		return nil
	})
	if err := both.Wait(); err != nil {
		return nil, err
	}
	msg := ready.message(stickers.UploadResponse)
	msg.withThumbnail(thumbnail.UploadResponse)
	if s.mobileFields {
		if err := msg.withMobileFields(ready.Thumbnail, stickers.MediaKeyTimestamp); err != nil {
			return nil, err
		}
	}
	return msg.StickerPackMessage, nil
}

// PublishNewsletter is [Publish] for newsletters, whose media is not encrypted and has no thumbnail. The message says that a
// user has created the pack, as zapo's does. The handle has to go with it:
//
//	msg, handle, err := stickerpack.PublishNewsletter(ctx, client, pack)
//	…
//	_, err = client.SendMessage(ctx, newsletter, &waE2E.Message{StickerPackMessage: msg}, whatsmeow.SendRequestExtra{MediaHandle: handle})
func PublishNewsletter(ctx context.Context, client *wamediax.Client, pack *Pack, opts ...Option) (msg *waE2E.StickerPackMessage, handle string, err error) {
	s := newSettings(opts)
	ready, err := prepare(ctx, pack, false)
	if err != nil {
		return nil, "", err
	}
	forNewsletter := append(s.upload[:len(s.upload):len(s.upload)], wamediax.ForNewsletter(), wamediax.WithKind(wamediax.KindStickerPack))
	stickers, err := client.UploadMedia(ctx, ready.zip, whatsmeow.MediaStickerPack, forNewsletter...)
	if err != nil {
		return nil, "", fmt.Errorf("failed to upload the stickers: %w", err)
	}
	if err := ready.verify(); err != nil {
		return nil, "", err
	}
	plain := ready.message(stickers.UploadResponse)
	plain.withOrigin()
	return plain.StickerPackMessage, stickers.Handle, nil
}

func newSettings(opts []Option) *settings {
	s := &settings{}
	for _, opt := range opts {
		if opt != nil {
			opt(s)
		}
	}
	return s
}

// prepared is a pack that is ready for its upload.
type prepared struct {
	*Pack
	animated []bool // for each sticker
	zip      *archive
}

func prepare(ctx context.Context, pack *Pack, thumbnail bool) (*prepared, error) {
	checked := pack.check()
	if len(checked.broken) > 0 {
		return nil, fmt.Errorf("sticker pack %q breaks rules: %w", pack.ID, checked.broken)
	}
	full, err := pack.withCovers(ctx, thumbnail)
	if err != nil {
		return nil, err
	}
	zip, err := newArchive(full.Stickers, full.trayName(), full.TrayIcon)
	if err != nil {
		return nil, err
	}
	return &prepared{full, checked.animated, zip}, nil
}

// verify finds out whether a sticker that is not in memory has changed since the zip was laid out.
func (p *prepared) verify() error {
	for i := range p.Stickers {
		if p.Stickers[i].WebP == nil {
			return p.zip.verify()
		}
	}
	return nil
}
