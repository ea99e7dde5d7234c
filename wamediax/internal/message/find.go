package message

import (
	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"google.golang.org/protobuf/proto"
)

// maxNesting is how many nested messages and templates Find opens. Real messages have a few: an
// edited view-once video in a chat with disappearing messages, sent by the account's own phone, has
// five.
const maxNesting = 16

// Find returns the media that people see in msg, in whatever container it is, or nil. The result is
// part of msg, which is not modified. If there are several media, it returns the first in this
// order: the message's own, that of its header or product, of its footer, of the first carousel
// card, of a nested message.
func Find(msg *waE2E.Message) whatsmeow.DownloadableMessage { return new(finder).find(msg, maxNesting) }

// finder searches for media and records how it is shown.
type finder struct {
	round bool // as a round video
	once  bool // view-once
}

func (f *finder) find(msg *waE2E.Message, depth int) whatsmeow.DownloadableMessage {
	if msg == nil || depth == 0 {
		return nil
	}
	if media := first(
		msg.GetImageMessage(), msg.GetVideoMessage(), msg.GetPtvMessage(), msg.GetAudioMessage(), msg.GetDocumentMessage(),
		msg.GetStickerMessage(), msg.GetStickerPackMessage(),
	); media != nil {
		f.round = media == whatsmeow.DownloadableMessage(msg.GetPtvMessage())
		return media
	}
	if media := first(
		msg.GetButtonsMessage().GetImageMessage(), msg.GetButtonsMessage().GetVideoMessage(),
		msg.GetButtonsMessage().GetDocumentMessage(),
	); media != nil {
		return media
	}
	if media := findInProduct(msg.GetProductMessage()); media != nil {
		return media
	}
	if media := findInInteractive(msg.GetInteractiveMessage(), depth-1); media != nil {
		return media
	}
	if media := findInTemplate(msg.GetTemplateMessage(), depth-1); media != nil {
		return media
	}
	if media := findInTemplate(msg.GetHighlyStructuredMessage().GetHydratedHsm(), depth-1); media != nil {
		return media
	}
	for _, inner := range []*waE2E.Message{
		msg.GetDeviceSentMessage().GetMessage(),
		msg.GetProtocolMessage().GetEditedMessage(),
		msg.GetCommentMessage().GetMessage(),
		msg.GetSendPaymentMessage().GetNoteMessage(),
		msg.GetRequestPaymentMessage().GetNoteMessage(),
	} {
		if media := f.find(inner, depth-1); media != nil {
			return media
		}
	}
	for _, container := range []*waE2E.FutureProofMessage{
		msg.GetEphemeralMessage(),
		msg.GetViewOnceMessage(),
		msg.GetViewOnceMessageV2(),
		msg.GetViewOnceMessageV2Extension(),
		msg.GetDocumentWithCaptionMessage(),
		msg.GetEditedMessage(),
		msg.GetAssociatedChildMessage(),
		msg.GetGroupMentionedMessage(),
		msg.GetBotInvokeMessage(),
		msg.GetBotTaskMessage(),
		msg.GetBotForwardedMessage(),
		msg.GetBotPlatformRegistrationSuccessMessage(),
		msg.GetLottieStickerMessage(),
		msg.GetEventCoverImage(),
		msg.GetPollCreationMessageV4(),
		msg.GetPollCreationOptionImageMessage(),
		msg.GetStatusMentionMessage(),
		msg.GetStatusAddYours(),
		msg.GetGroupStatusMessage(),
		msg.GetGroupStatusMessageV2(),
		msg.GetGroupStatusMentionMessage(),
		msg.GetQuestionMessage(),
		msg.GetQuestionReplyMessage(),
		msg.GetSpoilerMessage(),
		msg.GetLimitSharingMessage(),
		msg.GetNewsletterAdminProfileMessage(),
		msg.GetNewsletterAdminProfileStatusMessage(),
	} {
		if media := f.find(container.GetMessage(), depth-1); media != nil {
			switch container {
			case msg.GetViewOnceMessage(), msg.GetViewOnceMessageV2(), msg.GetViewOnceMessageV2Extension():
				f.once = true
			}
			return media
		}
	}
	return nil
}

func findInProduct(product *waE2E.ProductMessage) whatsmeow.DownloadableMessage {
	return first(product.GetProduct().GetProductImage(), product.GetCatalog().GetCatalogImage())
}

func findInInteractive(msg *waE2E.InteractiveMessage, depth int) whatsmeow.DownloadableMessage {
	if msg == nil || depth == 0 {
		return nil
	}
	header := msg.GetHeader()
	if media := first(header.GetImageMessage(), header.GetVideoMessage(), header.GetDocumentMessage()); media != nil {
		return media
	}
	if media := findInProduct(header.GetProductMessage()); media != nil {
		return media
	}
	if media := first(msg.GetFooter().GetAudioMessage()); media != nil {
		return media
	}
	for _, card := range msg.GetCarouselMessage().GetCards() {
		if media := findInInteractive(card, depth-1); media != nil {
			return media
		}
	}
	return nil
}

func findInTemplate(msg *waE2E.TemplateMessage, depth int) whatsmeow.DownloadableMessage {
	if msg == nil || depth == 0 {
		return nil
	}
	for _, hydrated := range []*waE2E.TemplateMessage_HydratedFourRowTemplate{
		msg.GetHydratedFourRowTemplate(), msg.GetHydratedTemplate(),
	} {
		if media := first(hydrated.GetImageMessage(), hydrated.GetVideoMessage(), hydrated.GetDocumentMessage()); media != nil {
			return media
		}
	}
	if media := findInInteractive(msg.GetInteractiveMessageTemplate(), depth-1); media != nil {
		return media
	}
	rows := msg.GetFourRowTemplate()
	if media := first(rows.GetImageMessage(), rows.GetVideoMessage(), rows.GetDocumentMessage()); media != nil {
		return media
	}
	for _, text := range []*waE2E.HighlyStructuredMessage{rows.GetHighlyStructuredMessage(), rows.GetContent(), rows.GetFooter()} {
		if media := findInTemplate(text.GetHydratedHsm(), depth-1); media != nil {
			return media
		}
	}
	return nil
}

// first returns the first of parts that is not a nil pointer, or nil.
func first(parts ...interface {
	whatsmeow.DownloadableMessage
	proto.Message
}) whatsmeow.DownloadableMessage {
	for _, part := range parts {
		if part.ProtoReflect().IsValid() {
			return part
		}
	}
	return nil
}
