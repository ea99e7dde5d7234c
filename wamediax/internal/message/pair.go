package message

import (
	"go.mau.fi/whatsmeow/proto/waCommon"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"
	"google.golang.org/protobuf/proto"

	"github.com/wamediax/whatsmeow-ext/wamediax/internal/mediatype"
)

// Sides of the pictures that WhatsApp Web makes, in pixels.
const (
	// StandardEdge is the limit for an image in standard quality (WA Web's web_image_max_edge).
	StandardEdge = 1600
	// LargeEdge is the limit for the thumbnail that is uploaded for a video or document.
	LargeEdge = 480
)

// CanPair reports whether a file sent as this kind goes to the chat as a pair of images, in
// standard and in high quality.
//
// PROTOCOL: WA Web's WAWebDualUploadsSendPolicy: no newsletters, broadcast lists, status or bots;
// WAWebSendHdImagePair: no images to be viewed once, and no members of an album.
func CanPair(to types.JID, kind mediatype.Kind, viewOnce bool) bool {
	return kind == mediatype.KindImage && !viewOnce &&
		to.Server != types.NewsletterServer && to.Server != types.BroadcastServer && !to.IsBot()
}

// Better reports whether an image is enough larger than its standard-quality version to be sent as
// a pair.
//
// PROTOCOL: WA Web's WAWebDualUploadsSendPolicy.isHdChildBetterThanParent.
func Better(width, height, standardWidth, standardHeight int) bool {
	return width >= standardWidth && height >= standardHeight && (width > standardWidth || height > standardHeight)
}

// MarkParent marks an image as the standard-quality one of a pair.
func MarkParent(msg *waE2E.ImageMessage) {
	if msg.ContextInfo == nil {
		msg.ContextInfo = new(waE2E.ContextInfo)
	}
	msg.ContextInfo.PairedMediaType = waE2E.ContextInfo_SD_IMAGE_PARENT.Enum()
}

// HDChild returns the message with the high-quality image that belongs to parent.
//
// PROTOCOL: the association and the wrapping are WA Web's (WAWebSendHdImagePair,
// WAWebE2EProtoGenerator). whatsmeow does not look into associatedChildMessage, so its stanza has
// the type "text" and no media type. Whether servers reject that has not been observed.
func (m Media) HDChild(parent *waCommon.MessageKey) *waE2E.Message {
	image := m.Image()
	image.ContextInfo = &waE2E.ContextInfo{PairedMediaType: waE2E.ContextInfo_HD_IMAGE_CHILD.Enum()}
	child := &waE2E.Message{AssociatedChildMessage: &waE2E.FutureProofMessage{Message: &waE2E.Message{ImageMessage: image}}}
	Associate(child, waE2E.MessageAssociation_HD_IMAGE_DUAL_UPLOAD, parent)
	return child
}

// Associate marks msg as belonging to parent.
func Associate(msg *waE2E.Message, as waE2E.MessageAssociation_AssociationType, parent *waCommon.MessageKey) {
	if msg.MessageContextInfo == nil {
		msg.MessageContextInfo = new(waE2E.MessageContextInfo)
	}
	msg.MessageContextInfo.MessageAssociation = &waE2E.MessageAssociation{
		AssociationType: as.Enum(), ParentMessageKey: proto.CloneOf(parent),
	}
}
