package wamediax

import (
	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"

	"github.com/wamediax/whatsmeow-ext/wamediax/internal/message"
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
	mime := source.Sniff(head)
	return FileType{Mimetype: mime, MediaType: message.KindOf(mime).MediaType(), Extension: message.Extension(mime)}
}

// MediaIn returns the media that people see in msg, whatever wraps it, for any of the Download methods, [StoredMediaOf] or
// [retry.RequestFor]. It returns nil if there is none: never a nil pointer in an interface. It takes msg as it came from the
// socket ([events.Message.RawMessage]) or unwrapped by whatsmeow, and does not change it. The result is part of msg.
//
// The result is a *waE2E.ImageMessage, VideoMessage (also of a round video), AudioMessage, DocumentMessage, StickerMessage or
// StickerPackMessage. A type switch tells which; for the MIME type, caption or file name, assert an interface such as
// interface{ GetCaption() string }. It may lack a direct path, as media in a quote sometimes does: downloading it is then
// [whatsmeow.ErrNoURLPresent].
//
// MediaIn looks through disappearing, view-once, edited, commented, group and status messages, captioned documents, payment
// notes and all other messages within messages, up to 16 deep. It also looks into the headers of buttons, templates and
// interactive messages, and at product and catalog pictures.
//
// If there are several media, it returns the first one in this order: the message's own, its header's or product's, its
// footer's, the first carousel card's, and that of a message within it. For the others, note:
//   - A quote is another message. Use MediaIn(contextInfo.GetQuotedMessage()).
//   - An album has no media. Each of its pictures and videos is a message of its own, for which MediaIn works.
//   - A sticker pack is one file, a zip. Package stickerpack gets the stickers out of it.
//   - Previews (thumbnails, link previews, payment backgrounds) and other versions of a video do not count.
//   - History syncs and answers of one's own phone are no media that people see. whatsmeow downloads the former itself.
func MediaIn(msg *waE2E.Message) whatsmeow.DownloadableMessage { return message.Find(msg) }
