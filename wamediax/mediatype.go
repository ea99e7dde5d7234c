package wamediax

import (
	"fmt"

	"go.mau.fi/whatsmeow"

	"github.com/wamediax/whatsmeow-ext/wamediax/resume"
)

// Media types that whatsmeow does not name.
const (
	// MediaSticker: stickers travel as images.
	MediaSticker = whatsmeow.MediaImage
	// MediaStickerPackThumbnail is the preview of a sticker pack. It goes under the media key of the pack's zip.
	MediaStickerPackThumbnail whatsmeow.MediaType = "WhatsApp Sticker Pack Thumbnail Keys"
	// MediaProductImage is a picture of a WhatsApp Business catalog. It is never encrypted.
	MediaProductImage whatsmeow.MediaType = "product-catalog-image"
)

// mmsTypes are the names of the media types in URLs and in media_conn (PROTOCOL: WA Web's CreateMediaKeys, whatsmeow).
var mmsTypes = map[whatsmeow.MediaType]string{
	whatsmeow.MediaImage:         "image",
	whatsmeow.MediaVideo:         "video",
	whatsmeow.MediaAudio:         "audio",
	whatsmeow.MediaDocument:      "document",
	whatsmeow.MediaHistory:       "md-msg-hist",
	whatsmeow.MediaAppState:      "md-app-state",
	whatsmeow.MediaStickerPack:   "sticker-pack",
	MediaStickerPackThumbnail:    "thumbnail-sticker-pack",
	whatsmeow.MediaLinkThumbnail: "thumbnail-link",
	MediaProductImage:            "product-catalog-image",
}

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
	mmsType, ok := mmsTypes[mediaType]
	if !ok {
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
