package message

import (
	"errors"

	"go.mau.fi/whatsmeow/proto/waE2E"
	"google.golang.org/protobuf/proto"
)

// Reasons why a message cannot be forwarded.
var (
	ErrNoMedia  = errors.New("message has no media")
	ErrViewOnce = errors.New("view-once media cannot be forwarded")
)

// frequently is the score of a message that was forwarded often times or more.
//
// PROTOCOL: WA Web's WAWebFrontendMsgGetters.getForwardingScoreWhenForwarded and
// FREQUENTLY_FORWARDED_SENTINEL.
const (
	often      = 5
	frequently = 127
)

// Forward returns a new message with the media that people see in msg, marked as forwarded. It
// shares no memory with msg, and leaves out the quote, the mentions and the disappearing timer of
// msg's chat.
func Forward(msg *waE2E.Message) (*waE2E.Message, error) {
	var f finder
	media := f.find(msg, maxNesting)
	if media == nil {
		return nil, ErrNoMedia
	}
	if once, ok := media.(interface{ GetViewOnce() bool }); f.once || ok && once.GetViewOnce() {
		return nil, ErrViewOnce
	}
	forwarded := new(waE2E.Message)
	switch media := proto.Clone(media.(proto.Message)).(type) {
	case *waE2E.ImageMessage:
		media.ContextInfo = forwardedContext(media.ContextInfo)
		forwarded.ImageMessage = media
	case *waE2E.VideoMessage:
		media.ContextInfo = forwardedContext(media.ContextInfo)
		if f.round {
			forwarded.PtvMessage = media
		} else {
			forwarded.VideoMessage = media
		}
	case *waE2E.AudioMessage:
		media.ContextInfo = forwardedContext(media.ContextInfo)
		forwarded.AudioMessage = media
	case *waE2E.DocumentMessage:
		media.ContextInfo = forwardedContext(media.ContextInfo)
		forwarded.DocumentMessage = media
	case *waE2E.StickerMessage:
		media.ContextInfo = forwardedContext(media.ContextInfo)
		forwarded.StickerMessage = media
	case *waE2E.StickerPackMessage:
		media.ContextInfo = forwardedContext(media.ContextInfo)
		forwarded.StickerPackMessage = media
	default:
		return nil, ErrNoMedia
	}
	return wrap(forwarded, false), nil
}

// forwardedContext returns the context of a forwarded message: the channel that it came from, and
// the forwarding score.
func forwardedContext(of *waE2E.ContextInfo) *waE2E.ContextInfo {
	score := of.GetForwardingScore()
	if score == 0 && of.GetIsForwarded() {
		score = 1
	}
	if score >= often-1 { // compared before it is counted: a sender may claim any score
		score = frequently
	} else {
		score++
	}
	return &waE2E.ContextInfo{
		IsForwarded:                    proto.Bool(true),
		ForwardingScore:                proto.Uint32(score),
		ForwardedNewsletterMessageInfo: proto.CloneOf(of.GetForwardedNewsletterMessageInfo()),
	}
}

// MergeContext adds the caller's context to a forwarded message, such as the disappearing timer of
// its chat.
func MergeContext(forwarded *waE2E.Message, context *waE2E.ContextInfo) {
	if context == nil {
		return
	}
	media, ok := Find(forwarded).(interface{ GetContextInfo() *waE2E.ContextInfo })
	if !ok {
		return
	}
	own := media.GetContextInfo()
	mark := proto.CloneOf(own)
	proto.Reset(own)
	proto.Merge(own, context)
	proto.Merge(own, mark)
}

// Move sets the direct path of the media in msg.
func Move(msg *waE2E.Message, directPath string) {
	url := "https://mmg.whatsapp.net" + directPath + "&mms3=true" // as in messages from phones
	switch media := Find(msg).(type) {
	case *waE2E.ImageMessage:
		media.DirectPath, media.URL = &directPath, &url
	case *waE2E.VideoMessage:
		media.DirectPath, media.URL = &directPath, &url
	case *waE2E.AudioMessage:
		media.DirectPath, media.URL = &directPath, &url
	case *waE2E.DocumentMessage:
		media.DirectPath, media.URL = &directPath, &url
	case *waE2E.StickerMessage:
		media.DirectPath, media.URL = &directPath, &url
	case *waE2E.StickerPackMessage:
		media.DirectPath = &directPath
	}
}
