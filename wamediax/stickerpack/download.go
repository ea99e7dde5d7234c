package stickerpack

import (
	"context"
	"fmt"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"

	"github.com/wamediax/whatsmeow-ext/wamediax"
	"github.com/wamediax/whatsmeow-ext/wamediax/internal/spool"
)

// Download gets the pack that a message brought, with stickers and tray icon as they are; for the thumbnail there is
// [DownloadThumbnail]. Every sticker that msg lists is there, unchanged since its name was given to it, and there is no
// file that msg does not list: else the error is [ErrBadArchive], as it is for a zip that unpacks to more than 64 MiB, or
// 2 MiB for one file. Whether the pack keeps the rules for publishing is another question: ask [Pack.Validate].
//
// A zip of more than 8 MiB is kept in a temporary file until it is unpacked.
//
// Names, texts and pictures are whatever the sender made them. To put them on disk use [Pack.Save], which takes no file name
// from them. Stickers of type Lottie are no WebP.
//
// The errors of the download are those of [wamediax.Client.DownloadTo], and so are the options: with
// [wamediax.WithReupload] the phone is asked for a pack that has expired, and [wamediax.WithLimit] can make the limit
// less, for a call and for the client, but not more.
func Download(ctx context.Context, client *wamediax.Client, msg *waE2E.StickerPackMessage, opts ...wamediax.DownloadOption) (*Pack, error) {
	zip := spool.New(zipMemory)
	defer zip.Close()
	if _, err := client.DownloadTo(ctx, zip, msg, limited(opts, maxZipBytes)...); err != nil {
		return nil, fmt.Errorf("sticker pack: %w", err)
	}
	return unzip(ctx, zip, zip.Size(), msg)
}

// zipMemory is how many bytes of a zip are kept in memory, and not in a temporary file.
const zipMemory = 8 << 20

// maxThumbnailBytes bounds the thumbnail of somebody else's pack.
const maxThumbnailBytes = 4 << 20

// DownloadThumbnail gets the thumbnail that a message brought: a JPEG, if the sender did as all clients do. A message
// without thumbnail is [whatsmeow.ErrNoURLPresent]. Else options and errors are those of [Download].
func DownloadThumbnail(ctx context.Context, client *wamediax.Client, msg *waE2E.StickerPackMessage, opts ...wamediax.DownloadOption) ([]byte, error) {
	data, _, err := client.DownloadBytes(ctx, thumbnail{msg}, limited(opts, maxThumbnailBytes)...)
	if err != nil {
		return nil, fmt.Errorf("sticker pack's thumbnail: %w", err)
	}
	return data, nil
}

// thumbnail is the other media of a sticker pack's message.
type thumbnail struct{ of *waE2E.StickerPackMessage }

func (t thumbnail) GetMediaType() whatsmeow.MediaType { return wamediax.MediaStickerPackThumbnail }
func (t thumbnail) GetDirectPath() string             { return t.of.GetThumbnailDirectPath() }
func (t thumbnail) GetMediaKey() []byte               { return t.of.GetMediaKey() }
func (t thumbnail) GetFileSHA256() []byte             { return t.of.GetThumbnailSHA256() }
func (t thumbnail) GetFileEncSHA256() []byte          { return t.of.GetThumbnailEncSHA256() }

// storeParallelism is how many stickers of a store's pack are downloaded at a time.
const storeParallelism = 4

// DownloadStore gets the stickers of a pack in the app's own store, which whatsmeow describes:
//
//	listed, err := client.FetchStickerPack(ctx, packID)
//	…
//	pack, err := stickerpack.DownloadStore(ctx, client, listed)
//
// Such a pack lies on the CDN sticker by sticker. Stickers of type Lottie are no WebP. Tray icon and thumbnail are not
// there. Options and errors are those of [Download].
func DownloadStore(ctx context.Context, client *wamediax.Client, listed *types.StickerPack, opts ...wamediax.DownloadOption) (*Pack, error) {
	if len(listed.Stickers) == 0 || len(listed.Stickers) > maxEntries {
		return nil, fmt.Errorf("%w: it lists %d stickers", ErrBadArchive, len(listed.Stickers))
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
				return fmt.Errorf("stickers[%d] of store pack %q: %w", i, listed.StickerPackID, err)
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

// limited adds a limit to opts. Of several the least applies.
func limited(opts []wamediax.DownloadOption, bytes int64) []wamediax.DownloadOption {
	return append(opts[:len(opts):len(opts)], wamediax.WithLimit(bytes))
}
