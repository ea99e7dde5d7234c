package wamediaxtest

import (
	"fmt"

	"go.mau.fi/whatsmeow/types"
)

// NewNewsletter creates a newsletter (a channel) and returns its JID. The owner publishes in it,
// and the followers receive what is published. Accounts are phone numbers or LIDs. An error means
// that one of them has no account on this server.
//
// A message from the owner arrives at the owner's other devices and at all devices of the
// followers, as an events.Message whose sender is the newsletter. The server numbers the messages:
// see SendResponse.ServerID and, at the receiver, Info.ServerID. An edit or a revocation has the ID
// of the message that it changes. GetNewsletterMessages returns what was published.
//
// A picture, video, sound, document or sticker needs the handle of an upload for newsletters
// (UploadNewsletter) in SendRequestExtra.MediaHandle. Without one, the server answers with error
// 479, as WhatsApp does. Everybody but the owner gets error 403.
//
// The server accepts messages to newsletters that it does not know, and delivers them to nobody.
func (s *Server) NewNewsletter(owner types.JID, followers ...types.JID) (types.JID, error) {
	jid, err := s.chat.Accounts.NewNewsletter(owner, followers)
	if err != nil {
		return types.JID{}, fmt.Errorf("wamediaxtest: failed to create a newsletter: %w", err)
	}
	return jid, nil
}

// NewsletterObject returns the object that a client uploaded for newsletters under this media
// handle, and false if there is none.
func (s *Server) NewsletterObject(handle string) (Object, bool) {
	obj, ok := s.cdn.NewsletterObject(handle)
	return Object(obj), ok
}
