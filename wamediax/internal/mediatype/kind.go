package mediatype

import "go.mau.fi/whatsmeow"

// Kind is how people see media. Its value is WhatsApp's own name for it (WA Web's
// WAWebMmsMediaTypes).
type Kind string

const (
	KindImage       Kind = "image"
	KindSticker     Kind = "sticker"
	KindVideo       Kind = "video"
	KindGIF         Kind = "gif" // a video that loops without sound
	KindPTV         Kind = "ptv" // a video note, round on the screen
	KindAudio       Kind = "audio"
	KindPTT         Kind = "ptt" // a voice message
	KindDocument    Kind = "document"
	KindStickerPack Kind = "sticker-pack"
)

// kindTypes maps each kind to the media type whose keys encrypt it (WA Web's CreateMediaKeys).
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

// MediaType returns the media type whose keys encrypt the kind, such as [whatsmeow.MediaVideo] for
// a GIF. It is "" for an unknown kind.
func (k Kind) MediaType() whatsmeow.MediaType { return kindTypes[k] }
