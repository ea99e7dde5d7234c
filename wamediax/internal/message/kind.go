package message

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/wamediax/whatsmeow-ext/wamediax/internal/mediatype"
)

// ErrKind is wrapped by errors that say that a file cannot be shown as what it was to be sent as.
var ErrKind = errors.New("the file cannot be sent like this")

// Formats are what phones show or play in the chat for each kind, by MIME type. For images, video, audio and stickers it is
// the list of supported media types in Meta's documentation of the WhatsApp Business Platform; phones show WebP as an image
// as well, and iPhones send QuickTime as video.
var formats = map[mediatype.Kind][]string{
	mediatype.KindImage:   {"image/jpeg", "image/png", "image/webp"},
	mediatype.KindVideo:   {"video/mp4", "video/3gpp", "video/quicktime"},
	mediatype.KindGIF:     {"video/mp4"},
	mediatype.KindPTV:     {"video/mp4"},
	mediatype.KindAudio:   {"audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/x-m4a", "audio/ogg; codecs=opus", "video/mp4"},
	mediatype.KindPTT:     {"audio/ogg; codecs=opus"},
	mediatype.KindSticker: {"image/webp"},
}

// advice says what to do with a file that is not of a kind's format.
var advice = map[mediatype.Kind]string{
	mediatype.KindImage:   "convert it to JPEG or PNG, or send it as a document",
	mediatype.KindVideo:   "convert it to MP4 with H.264 and AAC, or send it as a document",
	mediatype.KindGIF:     "convert it to MP4 with H.264 and no sound, or send it as a document",
	mediatype.KindPTV:     "convert it to a square MP4 with H.264 and AAC, or send it as a document",
	mediatype.KindAudio:   "convert it to AAC, MP3 or Opus in Ogg, or send it as a document",
	mediatype.KindPTT:     "convert it with package preview/voice, or send it as audio",
	mediatype.KindSticker: "convert it with package stickerpack/convert, or send it as an image",
}

// unknown is the MIME type of content that is not recognised.
const unknown = "application/octet-stream"

// KindOf returns what a file with this MIME type, as Sniff finds it, is best sent as: an image, video or audio if phones show
// or play it in the chat, else a document.
func KindOf(mimetype string) mediatype.Kind {
	switch plain, _, _ := strings.Cut(mimetype, ";"); plain {
	case "image/jpeg", "image/png":
		return mediatype.KindImage
	case "video/mp4", "video/3gpp":
		return mediatype.KindVideo
	case "audio/aac", "audio/amr", "audio/mpeg", "audio/x-m4a", "audio/mp4":
		return mediatype.KindAudio
	case "audio/ogg":
		if plain != mimetype { // it has its codec, Opus
			return mediatype.KindAudio
		}
	}
	return mediatype.KindDocument
}

// CheckKind returns an error if a file that begins with head, of this MIME type, cannot be shown as a kind. Content that is
// not recognised passes, except as a voice message or sticker, which phones take in one format alone.
func CheckKind(kind mediatype.Kind, mimetype string, head []byte) error {
	if kind == mediatype.KindStickerPack {
		return fmt.Errorf("%w: package stickerpack sends sticker packs", ErrKind)
	}
	if kind.MediaType() == "" {
		return fmt.Errorf("%w: there is no kind %q", ErrKind, string(kind))
	}
	wanted, ok := formats[kind]
	if !ok {
		return nil
	}
	strict := kind == mediatype.KindPTT || kind == mediatype.KindSticker
	if mimetype == unknown && !strict {
		return nil
	}
	for _, format := range wanted {
		if mimetype == format {
			if kind == mediatype.KindPTT {
				return checkVoice(head)
			}
			return nil
		}
	}
	return fmt.Errorf("%w: it is %s, which phones do not show as %s: %s", ErrKind, mimetype, Name(kind), advice[kind])
}

// checkVoice returns an error if the Ogg file that begins with head is no mono Opus. Phones record voice messages in one
// channel; Opus names the number in its identification header (RFC 7845, section 5.1).
func checkVoice(head []byte) error {
	at := bytes.Index(head, []byte("OpusHead"))
	if at < 0 || at+9 >= len(head) {
		return nil // too short to tell
	}
	if channels := head[at+9]; channels != 1 {
		return fmt.Errorf("%w: it has %d channels, and a voice message has one: %s", ErrKind, channels, advice[mediatype.KindPTT])
	}
	return nil
}

// NotVoice is the error for a file that turned out to be no voice message when it was previewed.
func NotVoice(why string) error {
	return fmt.Errorf("%w as a voice message: %s: %s", ErrKind, why, advice[mediatype.KindPTT])
}

// Name returns a kind as people call it, with its article.
func Name(kind mediatype.Kind) string {
	switch kind {
	case mediatype.KindImage:
		return "an image"
	case mediatype.KindSticker:
		return "a sticker"
	case mediatype.KindVideo:
		return "a video"
	case mediatype.KindGIF:
		return "a GIF"
	case mediatype.KindPTV:
		return "a round video"
	case mediatype.KindAudio:
		return "audio"
	case mediatype.KindPTT:
		return "a voice message"
	case mediatype.KindDocument:
		return "a document"
	default:
		return string(kind)
	}
}
