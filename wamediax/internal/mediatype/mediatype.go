// Package mediatype names WhatsApp's media types as URLs and media_conn do.
package mediatype

import "go.mau.fi/whatsmeow"

// Media types that whatsmeow has no names for.
const (
	// stickers are encrypted as images
	Sticker                                  = whatsmeow.MediaImage
	StickerPackThumbnail whatsmeow.MediaType = "WhatsApp Sticker Pack Thumbnail Keys"
	// these two use the media key of the message
	VideoThumbnail whatsmeow.MediaType = "WhatsApp Video Thumbnail Keys"
	// that they belong to
	DocumentThumbnail whatsmeow.MediaType = "WhatsApp Document Thumbnail Keys"
	ProductImage      whatsmeow.MediaType = "product-catalog-image"
	// of a business profile; never part of a message
	CoverPhoto whatsmeow.MediaType = "biz-cover-photo"
)

// mmsTypes are the names in URLs and in media_conn (WA Web's CreateMediaKeys, whatsmeow).
var mmsTypes = map[whatsmeow.MediaType]string{
	whatsmeow.MediaImage:         "image",
	whatsmeow.MediaVideo:         "video",
	whatsmeow.MediaAudio:         "audio",
	whatsmeow.MediaDocument:      "document",
	whatsmeow.MediaHistory:       "md-msg-hist",
	whatsmeow.MediaAppState:      "md-app-state",
	whatsmeow.MediaStickerPack:   "sticker-pack",
	StickerPackThumbnail:         "thumbnail-sticker-pack",
	whatsmeow.MediaLinkThumbnail: "thumbnail-link",
	VideoThumbnail:               "thumbnail-video",
	DocumentThumbnail:            "thumbnail-document",
	ProductImage:                 "product-catalog-image",
}

// MMSType returns the name of a media type in URLs and in media_conn, such as "image", or "" for an
// unknown type.
func MMSType(mediaType whatsmeow.MediaType) string { return mmsTypes[mediaType] }
