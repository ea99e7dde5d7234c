// Package mediatype names WhatsApp's media types as URLs and media_conn do.
package mediatype

import "go.mau.fi/whatsmeow"

// Media types that whatsmeow has no names for.
const (
	Sticker = whatsmeow.MediaImage // stickers are encrypted as images

	StickerPackThumbnail whatsmeow.MediaType = "WhatsApp Sticker Pack Thumbnail Keys"
	// These two use the media key of the message that they belong to.
	VideoThumbnail    whatsmeow.MediaType = "WhatsApp Video Thumbnail Keys"
	DocumentThumbnail whatsmeow.MediaType = "WhatsApp Document Thumbnail Keys"

	// These two are never encrypted. CoverPhoto is of a business profile, never part of a message.
	ProductImage whatsmeow.MediaType = "product-catalog-image"
	CoverPhoto   whatsmeow.MediaType = "biz-cover-photo"
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
