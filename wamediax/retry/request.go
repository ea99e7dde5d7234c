package retry

import (
	"errors"
	"fmt"
	"log/slog"

	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"
)

// mediaKeySize is the size of a media key in bytes.
const mediaKeySize = 32

// Request identifies the message whose media the phone should upload again. [RequestFor] builds it
// from an event; a program that stores messages can fill in the fields itself.
type Request struct {
	// MessageID is the message's id, which is unique only within its chat.
	MessageID types.MessageID
	// Chat is the message's chat, by LID or phone number.
	Chat types.JID
	// Participant is the sender of a message in a group, broadcast list or status, by LID or phone
	// number. It is ignored in other chats, and optional for messages of this account.
	Participant types.JID
	// FromMe is set if this account sent the message, from any of its devices.
	FromMe bool
	// MediaKey is the message's media key of 32 bytes. It encrypts the request and the answer. Do
	// not modify the slice before the call returns.
	MediaKey []byte

	history *waE2E.HistorySyncNotification // nil: not chat history
}

// RequestFor returns the request for a message from events.Message or whatsmeow's ParseWebMessage.
// mediaKey is the key of the media to download, such as
// evt.Message.GetImageMessage().GetMediaKey().
func RequestFor(info *types.MessageInfo, mediaKey []byte) Request {
	req := Request{MessageID: info.ID, Chat: info.Chat, FromMe: info.IsFromMe, MediaKey: mediaKey}
	if hasParticipants(info.Chat) {
		req.Participant = info.Sender
	}
	return req
}

// String describes the message, without the media key.
func (req Request) String() string {
	if req.history != nil {
		return fmt.Sprintf("history sync message %s", req.MessageID)
	}
	if req.Participant.IsEmpty() {
		return fmt.Sprintf("message %s in %s", req.MessageID, req.Chat)
	}
	return fmt.Sprintf("message %s of %s in %s", req.MessageID, req.Participant, req.Chat)
}

// Format prints the result of String for every verb, so that none shows the media key. It does not
// apply to a Request in an unexported field of another struct, so do not print such structs.
func (req Request) Format(f fmt.State, _ rune) { _, _ = fmt.Fprint(f, req.String()) }

// LogValue keeps the media key out of logs.
func (req Request) LogValue() slog.Value { return slog.StringValue(req.String()) }

// check validates req.
func (req Request) check() error {
	switch {
	case req.Chat.Server == types.NewsletterServer:
		return ErrNewsletter
	case len(req.MediaKey) != mediaKeySize:
		return fmt.Errorf("%w but %d", ErrKeySize, len(req.MediaKey))
	case req.MessageID == "":
		return errors.New("request has no message id")
	case req.Chat.IsEmpty() && req.history == nil:
		return errors.New("request has no chat")
	case hasParticipants(req.Chat) && req.Participant.IsEmpty() && !req.FromMe:
		return errors.New("request has no participant, which messages in groups, broadcast lists and status need")
	}
	return nil
}

// hasParticipants reports whether messages in chat need a participant: groups, broadcast lists and
// status.
func hasParticipants(chat types.JID) bool {
	return chat.Server == types.GroupServer || chat.Server == types.BroadcastServer
}
