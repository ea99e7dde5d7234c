package wamediax

import (
	"context"
	"fmt"

	"go.mau.fi/whatsmeow"

	"github.com/wamediax/whatsmeow-ext/wamediax/cdn"
	"github.com/wamediax/whatsmeow-ext/wamediax/internal/mediatype"
	"github.com/wamediax/whatsmeow-ext/wamediax/resume"
)

// Media types that whatsmeow does not name.
const (
	// MediaSticker: stickers travel as images.
	MediaSticker = whatsmeow.MediaImage
	// MediaStickerPackThumbnail is the preview of a sticker pack. It goes under the media key of the pack's zip.
	MediaStickerPackThumbnail = mediatype.StickerPackThumbnail
	// MediaProductImage is a picture of a WhatsApp Business catalog. It is never encrypted.
	MediaProductImage = mediatype.ProductImage
)

// destination is where objects of one kind go.
type destination struct {
	path      string // upload path, as "/mms/image"
	mmsType   string // as media_conn lists it
	encrypted bool
	naming    resume.Naming
	lastFirst bool // the last host of media_conn is the one to begin with
}

// destinationOf finds the upload path for mediaType. Newsletter media lies apart and is not encrypted; a Messenger
// account's media has a prefix, knows no audio but voice messages, and is taken by the last host only (both as whatsmeow).
func destinationOf(mediaType whatsmeow.MediaType, newsletter, messenger bool) (destination, error) {
	mmsType := mediatype.MMSType(mediaType)
	if mmsType == "" {
		return destination{}, fmt.Errorf("%w %q", whatsmeow.ErrUnknownMediaType, string(mediaType))
	}
	if messenger && mmsType == "audio" {
		mmsType = "ptt"
	}
	switch {
	case newsletter:
		mmsType = "newsletter-" + mmsType
		return destination{path: "/newsletter/" + mmsType, mmsType: mmsType, lastFirst: messenger}, nil
	case mediaType == MediaProductImage:
		return destination{path: "/product/image", mmsType: mmsType, naming: resume.ByDirectPath, lastFirst: messenger}, nil
	case messenger:
		return destination{path: "/wa-msgr/mms/" + mmsType, mmsType: mmsType, encrypted: true, lastFirst: true}, nil
	default:
		return destination{path: "/mms/" + mmsType, mmsType: mmsType, encrypted: true}, nil
	}
}

// choose lists the hosts for an upload, in the order in which media_conn has them, the one to begin with first.
func (dest destination) choose(hosts []cdn.Host) []cdn.Host {
	ours := cdn.ForUpload(hosts, dest.mmsType)
	if last := len(ours) - 1; dest.lastFirst && last > 0 {
		first := ours[last]
		first.Fallback = false
		ours = append([]cdn.Host{first}, ours[:last]...)
	}
	return ours
}

// uploadConns hands out the hosts that take dest's kind of media.
type uploadConns struct {
	source cdn.ConnSource
	dest   destination
}

func (uc uploadConns) Conn(ctx context.Context, stale *cdn.Conn) (*cdn.Conn, error) {
	conn, err := uc.source.Conn(ctx, stale)
	if err != nil {
		return nil, err
	}
	chosen := *conn
	chosen.Hosts = uc.dest.choose(conn.Hosts)
	return &chosen, nil
}
