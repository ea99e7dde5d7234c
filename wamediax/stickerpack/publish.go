package stickerpack

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"

	"github.com/wamediax/whatsmeow-ext/wamediax"
)

// Option configures [Publish] and [PublishNewsletter].
type Option func(*settings)

type settings struct {
	mobileFields bool
	upload       []wamediax.UploadOption
}

// WithMobileFields adds the fields that phones set and WhatsApp Web does not: the thumbnail's
// dimensions and hash, the time the media key was made, and the pack's origin "created by a user".
// Messages for newsletters always have the origin and none of the others.
func WithMobileFields() Option { return func(s *settings) { s.mobileFields = true } }

// WithUpload passes options to the upload of the zip, for example [wamediax.WithProgress]. It
// cannot set the media key: Publish makes its own, and uploads for newsletters have none.
func WithUpload(opts ...wamediax.UploadOption) Option {
	return func(s *settings) { s.upload = append(s.upload, opts...) }
}

// Publish uploads pack and returns its message, which can be sent to any number of chats:
//
//	msg, err := stickerpack.Publish(ctx, client, pack)
//	…
//	_, err = client.SendMessage(ctx, chat, &waE2E.Message{StickerPackMessage: msg})
//
// It uploads the stickers as one zip, and the thumbnail, under a media key that is new in each
// call: publishing the same pack again gives a different message. Memory use does not depend on the
// size of the pack, except for what pack itself holds.
//
// Errors to test for are [RuleErrors], when the pack breaks a rule and nothing was uploaded,
// [ErrStickerChanged], and those of [wamediax.Client.UploadMedia] and of the stickers' Sources. For
// newsletters, use [PublishNewsletter].
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
			return fmt.Errorf("failed to upload stickers: %w", err)
		}
		return ready.verify()
	})
	both.Go(func() (err error) {
		thumbnail, err = client.UploadMedia(ctx, bytes.NewReader(ready.Thumbnail), wamediax.MediaStickerPackThumbnail, wamediax.WithMediaKey(key))
		if err != nil {
			return fmt.Errorf("failed to upload thumbnail: %w", err)
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

// PublishNewsletter is [Publish] for newsletters, whose media is not encrypted and has no
// thumbnail. The message's origin is "created by a user", as in zapo's. Pass the returned handle
// along with the message:
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
	forNewsletter := append(s.upload[:len(s.upload):len(s.upload)], wamediax.ForNewsletter(), wamediax.As(wamediax.KindStickerPack))
	stickers, err := client.UploadMedia(ctx, ready.zip, whatsmeow.MediaStickerPack, forNewsletter...)
	if err != nil {
		return nil, "", fmt.Errorf("failed to upload stickers: %w", err)
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

// prepared is a validated pack with its covers and zip, ready to upload.
type prepared struct {
	*Pack
	animated []bool // for each sticker
	zip      *archive
}

func prepare(ctx context.Context, pack *Pack, thumbnail bool) (*prepared, error) {
	if pack == nil {
		return nil, errors.New("failed to publish: sticker pack is nil")
	}
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

// verify reports an error if a sticker's Source has changed since the zip was built.
func (p *prepared) verify() error {
	for i := range p.Stickers {
		if p.Stickers[i].WebP == nil {
			return p.zip.verify()
		}
	}
	return nil
}
