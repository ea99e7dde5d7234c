package wamediax

import (
	"strings"

	"github.com/gabriel-vasile/mimetype"
	"go.mau.fi/whatsmeow"

	"github.com/wamediax/whatsmeow-ext/wamediax/internal/source"
)

// SniffLen is how many of a file's first bytes [Sniff] looks at. Fewer do, as in a shorter file, but Office documents and
// some videos are then not recognised.
const SniffLen = source.SniffSize

// FileType is what a file's first bytes tell.
type FileType struct {
	// Mimetype is "application/octet-stream" if nothing is known, and "text/plain" for an empty file. Text comes with its
	// charset, and Opus in Ogg as "audio/ogg; codecs=opus": only then do phones play it as a voice message.
	Mimetype string
	// MediaType is what the file is best uploaded and sent as. It is MediaImage, MediaVideo or MediaAudio for the formats
	// that phones show or play in the chat (JPEG and PNG; MP4 and 3GPP; AAC, AMR, MP3, M4A and Opus in Ogg, according to the
	// list of media types in Meta's documentation of the WhatsApp Business Platform), and else MediaDocument, which takes any
	// file. So a WebP counts as a document, though it can go as a sticker: see [MediaSticker].
	MediaType whatsmeow.MediaType
	// Extension is the usual one, with its dot, such as ".jpg"; "" if there is none.
	Extension string
}

// Sniff recognises a file by its first bytes, of which up to [SniffLen] are looked at. It only looks at what the format says
// of itself: neither a whole file nor one that phones can play is promised.
func Sniff(head []byte) FileType {
	head = head[:min(len(head), SniffLen)]
	kind := FileType{Mimetype: source.Sniff(head), MediaType: whatsmeow.MediaDocument}
	plain, _, _ := strings.Cut(kind.Mimetype, ";")
	if known := mimetype.Lookup(plain); known != nil {
		kind.Extension = known.Extension()
	}
	switch plain {
	case "image/jpeg", "image/png":
		kind.MediaType = whatsmeow.MediaImage
	case "video/mp4", "video/3gpp":
		kind.MediaType = whatsmeow.MediaVideo
	case "audio/aac", "audio/amr", "audio/mpeg", "audio/x-m4a":
		kind.MediaType = whatsmeow.MediaAudio
	case "audio/mp4":
		kind.MediaType, kind.Extension = whatsmeow.MediaAudio, ".m4a" // the library's is that of a video
	case "audio/ogg":
		if plain != kind.Mimetype { // it has its codec, Opus
			kind.MediaType, kind.Extension = whatsmeow.MediaAudio, ".ogg"
		}
	}
	return kind
}
