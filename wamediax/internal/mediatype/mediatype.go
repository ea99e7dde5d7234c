// Package mediatype names WhatsApp's media types as URLs and media_conn do.
package mediatype

import "go.mau.fi/whatsmeow"

// Media types that whatsmeow does not name.
const (
	Sticker                                  = whatsmeow.MediaImage // stickers are sent as images
	StickerPackThumbnail whatsmeow.MediaType = "WhatsApp Sticker Pack Thumbnail Keys"
	VideoThumbnail       whatsmeow.MediaType = "WhatsApp Video Thumbnail Keys"    // these two go under the media key of the
	DocumentThumbnail    whatsmeow.MediaType = "WhatsApp Document Thumbnail Keys" // message that they are the thumbnail of
	ProductImage         whatsmeow.MediaType = "product-catalog-image"
	CoverPhoto           whatsmeow.MediaType = "biz-cover-photo" // of a business profile; it has no place in a message
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

// MMSType returns a media type's name in URLs and in media_conn, such as "image"; "" for one that is not known.
func MMSType(mediaType whatsmeow.MediaType) string { return mmsTypes[mediaType] }
