package message

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/wamediax/whatsmeow-ext/wamediax/internal/mediatype"
)

// ErrKind is wrapped by errors for a file that cannot be sent as the requested kind.
var ErrKind = errors.New("file cannot be sent as this kind")

// formats lists, by MIME type, what phones show or play in the chat for each kind. For images,
// video, audio and stickers it is the list of supported media types in Meta's documentation of the
// WhatsApp Business Platform. In addition, phones show WebP as an image, and iPhones send QuickTime
// as video.
var formats = map[mediatype.Kind][]string{
	mediatype.KindImage:   {"image/jpeg", "image/png", "image/webp"},
	mediatype.KindVideo:   {"video/mp4", "video/3gpp", "video/quicktime"},
	mediatype.KindGIF:     {"video/mp4"},
	mediatype.KindPTV:     {"video/mp4"},
	mediatype.KindAudio:   {"audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/x-m4a", "audio/ogg; codecs=opus", "video/mp4"},
	mediatype.KindPTT:     {"audio/ogg; codecs=opus"},
	mediatype.KindSticker: {"image/webp"},
}

// advice is what to do with a file of another format.
var advice = map[mediatype.Kind]string{
	mediatype.KindImage:   "convert it to JPEG or PNG, or send it as a document",
	mediatype.KindVideo:   "convert it to MP4 with H.264 and AAC, or send it as a document",
	mediatype.KindGIF:     "convert it to MP4 with H.264 and no sound, or send it as a document",
	mediatype.KindPTV:     "convert it to a square MP4 with H.264 and AAC, or send it as a document",
	mediatype.KindAudio:   "convert it to AAC, MP3 or Opus in Ogg, or send it as a document",
	mediatype.KindPTT:     "convert it with package preview/voice, or send it as audio",
	mediatype.KindSticker: "convert it with package stickerpack/convert, or send it as an image",
}

// unknown is the MIME type of unrecognised content.
const unknown = "application/octet-stream"

// KindOf returns the best kind for a file with this MIME type, as returned by Sniff: an image,
// video or audio if phones show or play it in the chat, otherwise a document.
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

// CheckKind returns an error if a file with this MIME type that begins with head cannot be shown as
// kind. Unrecognised content is accepted, except as a voice message or sticker, for which phones
// accept a single format.
func CheckKind(kind mediatype.Kind, mimetype string, head []byte) error {
	if kind == mediatype.KindStickerPack {
		return fmt.Errorf("%w: package stickerpack sends sticker packs", ErrKind)
	}
	if kind.MediaType() == "" {
		return fmt.Errorf("%w: unknown kind %q", ErrKind, string(kind))
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
	return fmt.Errorf("%w: phones do not show %s as %s: %s", ErrKind, mimetype, Name(kind), advice[kind])
}

// checkVoice returns an error if the Ogg file that begins with head is not mono Opus. Phones record
// voice messages in one channel. Opus has the number of channels in its identification header (RFC
// 7845, section 5.1).
func checkVoice(head []byte) error {
	at := bytes.Index(head, []byte("OpusHead"))
	if at < 0 || at+9 >= len(head) {
		return nil // too short to tell
	}
	if channels := head[at+9]; channels != 1 {
		return fmt.Errorf("%w: file has %d channels, a voice message has one: %s", ErrKind, channels, advice[mediatype.KindPTT])
	}
	return nil
}

// NotVoice returns the error for a file that turned out not to be a voice message when it was
// previewed.
func NotVoice(why string) error {
	return fmt.Errorf("%w: phones do not play it as a voice message: %s: %s", ErrKind, why, advice[mediatype.KindPTT])
}

// Name returns the name of a kind in plain English, with its article.
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
