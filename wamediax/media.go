package wamediax

import (
	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"

	"github.com/wamediax/whatsmeow-ext/wamediax/internal/message"
	"github.com/wamediax/whatsmeow-ext/wamediax/internal/source"
)

// SniffLen is the number of bytes that [Sniff] reads at most. Fewer suffice for most formats, but
// not for Office documents and some videos.
const SniffLen = source.SniffSize

// FileType is the type of a file according to its first bytes.
type FileType struct {
	// Mimetype is "application/octet-stream" for unknown content and "text/plain" for an empty
	// file. Text has a charset parameter. Opus in Ogg is "audio/ogg; codecs=opus", which phones
	// need to play it as a voice message.
	Mimetype string
	// MediaType is the recommended type for an upload. It is MediaImage, MediaVideo or MediaAudio
	// for formats that phones show or play in the chat: JPEG and PNG; MP4 and 3GPP; AAC, AMR, MP3,
	// M4A and Opus in Ogg. (Source: the supported media types in Meta's documentation of the
	// WhatsApp Business Platform.) It is MediaDocument for any other file, including WebP, which
	// can also be sent as a [MediaSticker].
	MediaType whatsmeow.MediaType
	// Extension is the usual file name extension with its dot, such as ".jpg", or "" if there is
	// none.
	Extension string
}

// Sniff returns the type of a file that begins with head. It reads at most [SniffLen] bytes. The
// type is no proof that the file is complete or that phones can play it.
func Sniff(head []byte) FileType {
	head = head[:min(len(head), SniffLen)]
	mime := source.Sniff(head)
	return FileType{Mimetype: mime, MediaType: message.KindOf(mime).MediaType(), Extension: message.Extension(mime)}
}

// MediaIn returns the media that people see in msg, in whatever container it is, for use with the
// Download methods, [StoredMediaOf] and [retry.RequestFor]. It returns nil if there is none, never
// an interface with a nil pointer. msg may be as received ([events.Message.RawMessage]) or
// unwrapped by whatsmeow. MediaIn does not modify it. The result is part of msg.
//
// The result is an *ImageMessage, *VideoMessage (also for a round video), *AudioMessage,
// *DocumentMessage, *StickerMessage or *StickerPackMessage of package waE2E. Use a type switch to
// tell them apart, or an assertion to an interface such as interface{ GetCaption() string } for a
// single field. Media in a quote sometimes has no direct path, and downloading it returns
// [whatsmeow.ErrNoURLPresent].
//
// MediaIn opens disappearing, view-once, edited, commented, group and status messages, captioned
// documents, payment notes and all other nested messages, up to 16 levels deep. It also finds media
// in the headers of buttons, templates and interactive messages, and product and catalog pictures.
//
// If msg has several media, it returns the first in this order: the message's own, that of its
// header or product, of its footer, of the first carousel card, of a nested message. It does not
// return:
//   - Media of the quoted message. Use MediaIn(contextInfo.GetQuotedMessage()).
//   - The items of an album. Each one arrives as a separate message.
//   - The stickers of a sticker pack, which is a single zip file. Package stickerpack extracts
//     them.
//   - Thumbnails, link previews, payment backgrounds and alternative versions of a video.
//   - History syncs and answers of the account's own phone, which people do not see. See
//     [Client.DownloadHistorySync].
func MediaIn(msg *waE2E.Message) whatsmeow.DownloadableMessage { return message.Find(msg) }
