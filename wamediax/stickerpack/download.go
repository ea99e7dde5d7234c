package stickerpack

import (
	"context"
	"errors"
	"fmt"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"

	"github.com/wamediax/whatsmeow-ext/wamediax"
	"github.com/wamediax/whatsmeow-ext/wamediax/internal/spool"
)

// Download returns the pack that a received message refers to, with its stickers and tray icon
// unchanged. It does not fetch the thumbnail: see [DownloadThumbnail]. Download checks that the zip
// contains every sticker that msg lists, matching the hash in its name if there is one, and no
// other file. If not, or if the zip unpacks to more than 64 MiB, or one file to more than 2 MiB,
// the error is [ErrBadArchive]. Download does not check the rules for publishing: see
// [Pack.Validate].
//
// A zip of more than 8 MiB is kept in a temporary file until it is unpacked.
//
// Names, texts and pictures are untrusted: the sender chose them. [Pack.Save] writes them to disk
// safely, as it does not use the sender's file names. Stickers of type Lottie are not WebP.
//
// Options and other errors are those of [wamediax.Client.DownloadTo]. With [wamediax.WithReupload]
// it asks the phone to upload an expired pack again. [wamediax.WithLimit] can lower the limit, but
// not raise it.
func Download(ctx context.Context, client *wamediax.Client, msg *waE2E.StickerPackMessage, opts ...wamediax.DownloadOption) (*Pack, error) {
	zip := spool.New(zipMemory)
	defer zip.Close()
	// zip is a fetch.Restarter: if a host sends wrong bytes, the download starts over on another
	if _, err := client.DownloadTo(ctx, zip, msg, limited(opts, maxZipBytes)...); err != nil {
		return nil, fmt.Errorf("failed to download sticker pack: %w", err)
	}
	return unzip(ctx, zip, zip.Size(), msg)
}

// zipMemory limits how much of a zip stays in memory; larger ones go to a temporary file.
const zipMemory = 8 << 20

// maxThumbnailBytes bounds the thumbnail of a received pack.
const maxThumbnailBytes = 4 << 20

// DownloadThumbnail returns the thumbnail of a received sticker pack message, as the sender made
// it: a JPEG from all known clients. If the message has no thumbnail, the error is
// [whatsmeow.ErrNoURLPresent]. Options and other errors are those of [Download].
func DownloadThumbnail(ctx context.Context, client *wamediax.Client, msg *waE2E.StickerPackMessage, opts ...wamediax.DownloadOption) ([]byte, error) {
	data, _, err := client.DownloadBytes(ctx, thumbnail{msg}, limited(opts, maxThumbnailBytes)...)
	if err != nil {
		return nil, fmt.Errorf("failed to download sticker pack's thumbnail: %w", err)
	}
	return data, nil
}

// thumbnail makes the message's thumbnail downloadable, as its zip is.
type thumbnail struct{ of *waE2E.StickerPackMessage }

func (t thumbnail) GetMediaType() whatsmeow.MediaType { return wamediax.MediaStickerPackThumbnail }
func (t thumbnail) GetDirectPath() string             { return t.of.GetThumbnailDirectPath() }
func (t thumbnail) GetMediaKey() []byte               { return t.of.GetMediaKey() }
func (t thumbnail) GetFileSHA256() []byte             { return t.of.GetThumbnailSHA256() }
func (t thumbnail) GetFileEncSHA256() []byte          { return t.of.GetThumbnailEncSHA256() }

// storeParallelism limits concurrent downloads of a store pack's stickers.
const storeParallelism = 4

// DownloadStore downloads the stickers of a pack in the app's own store, as described by whatsmeow:
//
//	listed, err := client.FetchStickerPack(ctx, packID)
//	…
//	pack, err := stickerpack.DownloadStore(ctx, client, listed)
//
// The CDN has each sticker of such a pack as a separate file. Stickers of type Lottie are not WebP.
// The result has no tray icon and no thumbnail. Options and errors are those of [Download].
func DownloadStore(ctx context.Context, client *wamediax.Client, listed *types.StickerPack, opts ...wamediax.DownloadOption) (*Pack, error) {
	if listed == nil {
		return nil, errors.New("failed to download: store pack is nil")
	}
	if len(listed.Stickers) == 0 || len(listed.Stickers) > maxEntries {
		return nil, fmt.Errorf("%w: it lists %d stickers, must be 1 to %d", ErrBadArchive, len(listed.Stickers), maxEntries)
	}
	pack := &Pack{
		ID: listed.StickerPackID, Name: listed.Name, Publisher: listed.Publisher, Description: listed.Description,
		Stickers: make([]Sticker, len(listed.Stickers)),
	}
	all, ctx := newGroup(ctx)
	all.functions.SetLimit(storeParallelism)
	for i, item := range listed.Stickers {
		if item == nil {
			item = &types.StickerPackItem{}
		}
		all.Go(func() error {
			content, _, err := client.DownloadBytes(ctx, item, limited(opts, maxContentBytes)...)
			if err != nil {
				return fmt.Errorf("failed to download stickers[%d] of store pack %q: %w", i, listed.StickerPackID, err)
			}
			pack.Stickers[i] = Sticker{WebP: content, Emojis: item.Emojis, Label: item.AccessibilityText}
			return nil
		})
	}
	if err := all.Wait(); err != nil {
		return nil, err
	}
	return pack, nil
}

// limited adds a limit to opts. The lowest of several limits applies.
func limited(opts []wamediax.DownloadOption, bytes int64) []wamediax.DownloadOption {
	return append(opts[:len(opts):len(opts)], wamediax.WithLimit(bytes))
}
