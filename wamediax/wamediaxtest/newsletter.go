package wamediaxtest

import (
	"fmt"

	"go.mau.fi/whatsmeow/types"
)

// NewNewsletter opens a newsletter (a channel) that owner publishes and the followers subscribe to,
// and returns its JID. Accounts are named by their phone number or their LID. An error means that
// one of them has no account here.
//
// A message that the owner sends to the newsletter arrives at all other devices of the owner and of
// the followers, as an events.Message whose sender is the newsletter. SendResponse.ServerID, and
// Info.ServerID at the other end, number the messages from 100 on. A message with a picture, video,
// sound, document or sticker must name the media handle that the upload returned, as
// SendRequestExtra.MediaHandle, and the upload must have been one for newsletters: else the message
// is refused with error 479. A message of anybody but the owner is refused with error 403. An edit,
// or a revocation, arrives with the ID of the message that it changes. GetNewsletterMessages lists
// what was published.
//
// Newsletters that the server does not know accept every message and deliver it to nobody.
func (s *Server) NewNewsletter(owner types.JID, followers ...types.JID) (types.JID, error) {
	jid, err := s.chat.Accounts.NewNewsletter(owner, followers)
	if err != nil {
		return types.JID{}, fmt.Errorf("wamediaxtest: failed to open a newsletter: %w", err)
	}
	return jid, nil
}

// NewsletterObject returns the object that was uploaded for newsletters and has that media handle,
// and false if there is none.
func (s *Server) NewsletterObject(handle string) (Object, bool) {
	obj, ok := s.cdn.NewsletterObject(handle)
	return Object(obj), ok
}
