package message

import (
	"errors"

	"go.mau.fi/whatsmeow/proto/waE2E"
	"google.golang.org/protobuf/proto"
)

// Why a message cannot be forwarded.
var (
	ErrNoMedia  = errors.New("the message has no media")
	ErrViewOnce = errors.New("media that can be viewed once cannot be forwarded")
)

// frequently is the forwarding score of what was forwarded many times, and often how many make it so.
//
// PROTOCOL: WA Web's WAWebFrontendMsgGetters.getForwardingScoreWhenForwarded and FREQUENTLY_FORWARDED_SENTINEL.
const (
	often      = 5
	frequently = 127
)

// Forward returns a message of its own with the media that people see in msg, marked as forwarded. It shares nothing with
// msg. The quote, the mentions and the timer of msg's chat are left out.
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

// forwardedContext returns what a forwarded message refers to: a channel that it came from, and how often it was forwarded.
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

// MergeContext adds to the forwarded message what the caller says of it: the timer of its chat, for example.
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

// Move says in a message with media that the media is at another path.
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
