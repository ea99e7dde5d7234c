package wamediax

import (
	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"google.golang.org/protobuf/proto"
)

// maxNesting is how many messages and templates within each other MediaIn opens. Real messages have a
// handful: an edited view-once video in a chat with disappearing messages, sent by one's own phone, has five.
const maxNesting = 16

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
func MediaIn(msg *waE2E.Message) whatsmeow.DownloadableMessage {
	return mediaIn(msg, maxNesting)
}

func mediaIn(msg *waE2E.Message, depth int) whatsmeow.DownloadableMessage {
	if msg == nil || depth == 0 {
		return nil
	}
	if media := firstMedia(
		msg.GetImageMessage(), msg.GetVideoMessage(), msg.GetPtvMessage(), msg.GetAudioMessage(), msg.GetDocumentMessage(),
		msg.GetStickerMessage(), msg.GetStickerPackMessage(),
	); media != nil {
		return media
	}
	if media := firstMedia(
		msg.GetButtonsMessage().GetImageMessage(), msg.GetButtonsMessage().GetVideoMessage(),
		msg.GetButtonsMessage().GetDocumentMessage(),
	); media != nil {
		return media
	}
	if media := mediaInProduct(msg.GetProductMessage()); media != nil {
		return media
	}
	if media := mediaInInteractive(msg.GetInteractiveMessage(), depth-1); media != nil {
		return media
	}
	if media := mediaInTemplate(msg.GetTemplateMessage(), depth-1); media != nil {
		return media
	}
	if media := mediaInTemplate(msg.GetHighlyStructuredMessage().GetHydratedHsm(), depth-1); media != nil {
		return media
	}
	for _, inner := range []*waE2E.Message{
		msg.GetDeviceSentMessage().GetMessage(),
		msg.GetProtocolMessage().GetEditedMessage(),
		msg.GetCommentMessage().GetMessage(),
		msg.GetSendPaymentMessage().GetNoteMessage(),
		msg.GetRequestPaymentMessage().GetNoteMessage(),
	} {
		if media := mediaIn(inner, depth-1); media != nil {
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
		if media := mediaIn(container.GetMessage(), depth-1); media != nil {
			return media
		}
	}
	return nil
}

func mediaInProduct(product *waE2E.ProductMessage) whatsmeow.DownloadableMessage {
	return firstMedia(product.GetProduct().GetProductImage(), product.GetCatalog().GetCatalogImage())
}

func mediaInInteractive(msg *waE2E.InteractiveMessage, depth int) whatsmeow.DownloadableMessage {
	if msg == nil || depth == 0 {
		return nil
	}
	header := msg.GetHeader()
	if media := firstMedia(header.GetImageMessage(), header.GetVideoMessage(), header.GetDocumentMessage()); media != nil {
		return media
	}
	if media := mediaInProduct(header.GetProductMessage()); media != nil {
		return media
	}
	if media := firstMedia(msg.GetFooter().GetAudioMessage()); media != nil {
		return media
	}
	for _, card := range msg.GetCarouselMessage().GetCards() {
		if media := mediaInInteractive(card, depth-1); media != nil {
			return media
		}
	}
	return nil
}

func mediaInTemplate(msg *waE2E.TemplateMessage, depth int) whatsmeow.DownloadableMessage {
	if msg == nil || depth == 0 {
		return nil
	}
	for _, hydrated := range []*waE2E.TemplateMessage_HydratedFourRowTemplate{
		msg.GetHydratedFourRowTemplate(), msg.GetHydratedTemplate(),
	} {
		if media := firstMedia(hydrated.GetImageMessage(), hydrated.GetVideoMessage(), hydrated.GetDocumentMessage()); media != nil {
			return media
		}
	}
	if media := mediaInInteractive(msg.GetInteractiveMessageTemplate(), depth-1); media != nil {
		return media
	}
	rows := msg.GetFourRowTemplate()
	if media := firstMedia(rows.GetImageMessage(), rows.GetVideoMessage(), rows.GetDocumentMessage()); media != nil {
		return media
	}
	for _, text := range []*waE2E.HighlyStructuredMessage{rows.GetHighlyStructuredMessage(), rows.GetContent(), rows.GetFooter()} {
		if media := mediaInTemplate(text.GetHydratedHsm(), depth-1); media != nil {
			return media
		}
	}
	return nil
}

// firstMedia returns the first of parts that is not a nil pointer, or nil.
func firstMedia(parts ...interface {
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
