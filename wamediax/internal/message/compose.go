package message

import (
	"errors"
	"fmt"

	"go.mau.fi/whatsmeow/proto/waE2E"
	"google.golang.org/protobuf/proto"

	"github.com/wamediax/whatsmeow-ext/wamediax/internal/mediatype"
)

// Details are the parts of a message other than the media.
type Details struct {
	Caption  string
	FileName string // of a document
	Context  *waE2E.ContextInfo
	ViewOnce bool
}

// ErrDetails is wrapped by errors for a caption, view-once mode or HD copy that a message cannot
// have.
var ErrDetails = errors.New("the message cannot have this")

// Check returns an error if a message of this kind cannot have these details.
func (d Details) Check(kind mediatype.Kind) error {
	if d.Caption != "" {
		switch kind {
		case mediatype.KindAudio, mediatype.KindPTT, mediatype.KindPTV, mediatype.KindSticker:
			return fmt.Errorf("%w: %s has no caption: send the text as a separate message", ErrDetails, Name(kind))
		}
	}
	if d.ViewOnce {
		switch kind {
		case mediatype.KindImage, mediatype.KindVideo, mediatype.KindPTT:
		default:
			return fmt.Errorf("%w: %s cannot be view-once, only images, videos and voice messages can", ErrDetails, Name(kind))
		}
	}
	return nil
}

// Compose returns the message that shows m as this kind.
//
// PROTOCOL: the wrapping is that of WA Web's WAWebE2EProtoGenerator: view-once voice messages in
// viewOnceMessageV2Extension, other view-once media in viewOnceMessage, a document with a caption
// in documentWithCaptionMessage.
func (m Media) Compose(kind mediatype.Kind, d Details) *waE2E.Message {
	context := proto.CloneOf(d.Context) // so that messages do not share it
	caption, once := optional(d.Caption), whether(d.ViewOnce)
	msg := new(waE2E.Message)
	switch kind {
	case mediatype.KindImage:
		msg.ImageMessage = m.Image()
		msg.ImageMessage.Caption, msg.ImageMessage.ContextInfo, msg.ImageMessage.ViewOnce = caption, context, once
	case mediatype.KindVideo, mediatype.KindGIF:
		msg.VideoMessage = m.Video()
		msg.VideoMessage.Caption, msg.VideoMessage.ContextInfo, msg.VideoMessage.ViewOnce = caption, context, once
		msg.VideoMessage.GifPlayback = whether(kind == mediatype.KindGIF)
	case mediatype.KindPTV:
		msg.PtvMessage = m.Video()
		msg.PtvMessage.ContextInfo = context
	case mediatype.KindAudio, mediatype.KindPTT:
		msg.AudioMessage = m.Audio()
		msg.AudioMessage.ContextInfo, msg.AudioMessage.ViewOnce = context, once
		msg.AudioMessage.PTT = whether(kind == mediatype.KindPTT)
	case mediatype.KindSticker:
		msg.StickerMessage = m.Sticker()
		msg.StickerMessage.ContextInfo = context
	default:
		msg.DocumentMessage = m.Document()
		msg.DocumentMessage.Caption, msg.DocumentMessage.ContextInfo = caption, context
		msg.DocumentMessage.FileName, msg.DocumentMessage.Title = optional(d.FileName), optional(d.FileName)
	}
	return wrap(msg, d.ViewOnce)
}

// wrap puts a message into the container that its kind needs.
func wrap(msg *waE2E.Message, once bool) *waE2E.Message {
	switch {
	case once && msg.AudioMessage != nil:
		return &waE2E.Message{ViewOnceMessageV2Extension: &waE2E.FutureProofMessage{Message: msg}}
	case once:
		return &waE2E.Message{ViewOnceMessage: &waE2E.FutureProofMessage{Message: msg}}
	case msg.DocumentMessage.GetCaption() != "":
		return &waE2E.Message{DocumentWithCaptionMessage: &waE2E.FutureProofMessage{Message: msg}}
	case msg.StickerMessage.GetIsLottie():
		return &waE2E.Message{LottieStickerMessage: &waE2E.FutureProofMessage{Message: msg}}
	}
	return msg
}

func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func whether(b bool) *bool {
	if !b {
		return nil
	}
	return &b
}
