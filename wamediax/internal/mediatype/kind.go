package mediatype

import "go.mau.fi/whatsmeow"

// Kind is what people see a media as. Its value is WhatsApp's own name for it (WA Web's WAWebMmsMediaTypes).
type Kind string

const (
	KindImage       Kind = "image"
	KindSticker     Kind = "sticker"
	KindVideo       Kind = "video"
	KindGIF         Kind = "gif" // a video that repeats without sound
	KindPTV         Kind = "ptv" // a video note, round on the screen
	KindAudio       Kind = "audio"
	KindPTT         Kind = "ptt" // a voice message
	KindDocument    Kind = "document"
	KindStickerPack Kind = "sticker-pack"
)

// kindTypes are the media types under whose keys each kind is encrypted (WA Web's CreateMediaKeys).
var kindTypes = map[Kind]whatsmeow.MediaType{
	KindImage:       whatsmeow.MediaImage,
	KindSticker:     Sticker,
	KindVideo:       whatsmeow.MediaVideo,
	KindGIF:         whatsmeow.MediaVideo,
	KindPTV:         whatsmeow.MediaVideo,
	KindAudio:       whatsmeow.MediaAudio,
	KindPTT:         whatsmeow.MediaAudio,
	KindDocument:    whatsmeow.MediaDocument,
	KindStickerPack: whatsmeow.MediaStickerPack,
}

// MediaType returns the media type under whose keys the kind is encrypted: [whatsmeow.MediaVideo] for a GIF, for example. It
// is "" for a kind that is not known.
func (k Kind) MediaType() whatsmeow.MediaType { return kindTypes[k] }
