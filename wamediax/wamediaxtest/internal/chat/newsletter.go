package chat

import (
	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/types"
)

// errorMediaHandle is WhatsApp's answer to media in a newsletter that it does not accept.
// PROTOCOL: github.com/devlikeapro/waha, issue 1523.
const errorMediaHandle = 479

// checkMediaHandle returns the code of an error if a newsletter's media message has no handle of an
// upload for newsletters, and 0 otherwise.
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

// needsHandle reports whether a mediatype means an uploaded file, and not a card, a link or a list.
func needsHandle(mediaType any) bool {
	switch mediaType {
	case "image", "video", "gif", "audio", "ptt", "document", "sticker":
		return true
	default:
		return false
	}
}

// answerNewsletter answers queries for a newsletter's messages.
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
