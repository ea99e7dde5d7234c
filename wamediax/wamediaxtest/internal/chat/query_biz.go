package chat

import (
	"encoding/hex"
	"strconv"

	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/types"

	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest/internal/cdn"
)

// CoverPhoto implements Server.CoverPhoto of wamediaxtest.
func (s *Service) CoverPhoto(jid types.JID) (cdn.Object, bool) {
	s.mu.Lock()
	id, ok := s.coverPhotos[jid.User]
	s.mu.Unlock()
	if !ok {
		return cdn.Object{}, false
	}
	obj, _, ok := s.cdn.CoverPhoto(id)
	return obj, ok
}

// answerBusiness changes a business profile's cover photo. Every account is a business. Like
// WhatsApp's server, it accepts only an uploaded photo with the media host's response.
func (c *session) answerBusiness(query *waBinary.Node) {
	profile, ok := query.GetOptionalChildByTag("business_profile")
	photo, ok2 := profile.GetOptionalChildByTag("cover_photo")
	if !ok || !ok2 || query.Attrs["type"] != "set" {
		c.replyNotImplemented(query)
		return
	}
	attrs, profileAttrs := photo.AttrGetter(), profile.AttrGetter()
	id := attrs.OptionalString("id")
	s := c.server
	switch op := attrs.OptionalString("op"); {
	case profileAttrs.OptionalString("v") != "3" || profileAttrs.OptionalString("mutation_type") != "delta":
		c.replyError(query, 400, "bad-request")
	case op == "update":
		obj, uploaded, ok := s.cdn.CoverPhoto(id)
		if !ok || attrs.OptionalString("token") != hex.EncodeToString(obj.SHA256[:]) ||
			attrs.OptionalString("ts") != strconv.FormatInt(uploaded.Unix(), 10) {
			c.replyError(query, 400, "bad-request")
			return
		}
		s.mu.Lock()
		s.coverPhotos[c.jid.User] = id
		s.mu.Unlock()
		c.reply(query)
	case op == "delete":
		s.mu.Lock()
		shown := s.coverPhotos[c.jid.User] == id
		if shown {
			delete(s.coverPhotos, c.jid.User)
		}
		s.mu.Unlock()
		if !shown {
			c.replyError(query, 404, "item-not-found")
			return
		}
		c.reply(query)
	default:
		c.replyError(query, 400, "bad-request")
	}
}
