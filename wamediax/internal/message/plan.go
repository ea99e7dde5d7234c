package message

import (
	"errors"
	"fmt"
	"strings"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/types"

	"github.com/wamediax/whatsmeow-ext/wamediax/internal/mediatype"
)

// CheckRecipient returns an error if a message with media cannot be sent to a chat. newsletter is
// whether its media is uploaded for a channel, unencrypted.
func CheckRecipient(to types.JID, newsletter, viewOnce bool) error {
	switch {
	case to.IsEmpty():
		return errors.New("recipient is empty")
	case newsletter && to.Server != types.NewsletterServer:
		return fmt.Errorf("%s is not a channel: leave out ForNewsletter", to)
	case newsletter && viewOnce:
		return fmt.Errorf("%w: a message in a channel cannot be view-once", ErrDetails)
	}
	return nil
}

// Refine returns what a file is best sent as, given its kind by MIME type and what a preview found:
// its MIME type, and whether phones play it as a voice message. Only a preview knows that an MP4
// has no picture.
func Refine(kind mediatype.Kind, previewed string, voice bool) mediatype.Kind {
	switch {
	case kind == mediatype.KindVideo && strings.HasPrefix(previewed, "audio/"):
		return mediatype.KindAudio
	case kind == mediatype.KindAudio && voice:
		return mediatype.KindPTT
	}
	return kind
}

// ThumbnailType returns the media type under which the larger thumbnail of a kind is uploaded, or
// "" for a kind without one.
//
// PROTOCOL: WA Web's WAWebMediaPrepHelpers and WAWebMediaUploadMediaWithPrep upload it under the
// message's media key, as thumbnail-document or thumbnail-video; WAWebCreateMediaKeys expands that
// key with a separate info for each. WA Web does so for documents, and for videos only in the
// status; the protobuf schema has the fields for every video.
func ThumbnailType(kind mediatype.Kind) whatsmeow.MediaType {
	switch kind {
	case mediatype.KindVideo, mediatype.KindGIF:
		return mediatype.VideoThumbnail
	case mediatype.KindDocument:
		return mediatype.DocumentThumbnail
	default:
		return ""
	}
}
