package wamediax

import (
	"github.com/wamediax/whatsmeow-ext/wamediax/internal/mediatype"
)

// Media types that whatsmeow does not name.
const (
	// MediaSticker: stickers are sent as images.
	MediaSticker = mediatype.Sticker
	// MediaStickerPackThumbnail is the preview of a sticker pack. It goes under the media key of the pack's zip.
	MediaStickerPackThumbnail = mediatype.StickerPackThumbnail
	// MediaProductImage is a picture of a WhatsApp Business catalog. It is never encrypted.
	MediaProductImage = mediatype.ProductImage
)
