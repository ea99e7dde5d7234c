package chat

import (
	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/types"
)

// errorMediaHandle is what WhatsApp answers to a newsletter's media message that it does not take.
// PROTOCOL: github.com/devlikeapro/waha, issue 1523.
const errorMediaHandle = 479

// checkMediaHandle returns an error if a newsletter's media message does not name an object that was
// uploaded for newsletters, and 0 for every other message.
func (s *Service) checkMediaHandle(node *waBinary.Node) int {
	to, _ := node.Attrs["to"].(types.JID)
	plaintext := node.GetChildByTag("plaintext")
	if to.Server != types.NewsletterServer || !s.Accounts.IsNewsletter(to) || !needsHandle(plaintext.Attrs["mediatype"]) {
		return 0
	}
	handle, _ := node.Attrs["media_id"].(string)
	if _, ok := s.cdn.NewsletterObject(handle); !ok {
		return errorMediaHandle
	}
	return 0
}

// needsHandle reports whether messages with this mediatype are about an uploaded file. Others are
// cards, links and lists.
func needsHandle(mediaType any) bool {
	switch mediaType {
	case "image", "video", "gif", "audio", "ptt", "document", "sticker":
		return true
	default:
		return false
	}
}

// answerNewsletter lists a newsletter's messages.
func (c *session) answerNewsletter(query *waBinary.Node) {
	asked, ok := query.GetOptionalChildByTag("messages")
	if !ok || query.Attrs["type"] != "get" {
		c.replyNotImplemented(query)
		return
	}
	attrs := asked.AttrGetter()
	posts, code := c.server.Accounts.Posts(attrs.OptionalJIDOrEmpty("jid"), attrs.OptionalInt("count"), attrs.OptionalInt("before"))
	c.replyOrFail(query)(waBinary.Node{Tag: "messages", Content: posts}, code)
}
