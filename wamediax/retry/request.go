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

// Request names the message whose media the phone shall upload again. [RequestFor] makes one of what an event carries; a
// program that stored messages fills in the fields itself.
type Request struct {
	// MessageID is the message's id. Ids are unique within a chat only.
	MessageID types.MessageID
	// Chat is the chat with the message, under its LID or its phone number.
	Chat types.JID
	// Participant is who sent the message, under the LID or the phone number, in groups, broadcast lists and status. It is
	// not looked at in other chats, and may be left out for a message of one's own.
	Participant types.JID
	// FromMe says that the message was sent by this account, from whichever device.
	FromMe bool
	// MediaKey is the message's media key, of 32 bytes. The request and the answer are encrypted with a key made of it.
	// The slice must not be modified before the call returns.
	MediaKey []byte

	history *waE2E.HistorySyncNotification // nil: the media is not chat history
}

// RequestFor returns the request for a message as events.Message or whatsmeow's ParseWebMessage describe it. The media key is
// the one of the message's part that is to be downloaded, such as evt.Message.GetImageMessage().GetMediaKey().
func RequestFor(info *types.MessageInfo, mediaKey []byte) Request {
	req := Request{MessageID: info.ID, Chat: info.Chat, FromMe: info.IsFromMe, MediaKey: mediaKey}
	if hasParticipants(info.Chat) {
		req.Participant = info.Sender
	}
	return req
}

// String names the message. The media key is not in it.
func (req Request) String() string {
	if req.history != nil {
		return fmt.Sprintf("history sync message %s", req.MessageID)
	}
	if req.Participant.IsEmpty() {
		return fmt.Sprintf("message %s in %s", req.MessageID, req.Chat)
	}
	return fmt.Sprintf("message %s of %s in %s", req.MessageID, req.Participant, req.Chat)
}

// Format prints what String returns, so that no verb shows the media key. An unexported field of another struct is out of its
// reach: do not print one that has a Request in it.
func (req Request) Format(f fmt.State, _ rune) { _, _ = fmt.Fprint(f, req.String()) }

// LogValue keeps the media key out of logs.
func (req Request) LogValue() slog.Value { return slog.StringValue(req.String()) }

// check reports what is wrong with req itself.
func (req Request) check() error {
	switch {
	case req.Chat.Server == types.NewsletterServer:
		return ErrNewsletter
	case len(req.MediaKey) != mediaKeySize:
		return fmt.Errorf("%w, not %d", ErrKeySize, len(req.MediaKey))
	case req.MessageID == "":
		return errors.New("the request has no message id")
	case req.Chat.IsEmpty():
		return errors.New("the request names no chat")
	case hasParticipants(req.Chat) && req.Participant.IsEmpty() && !req.FromMe:
		return errors.New("the request names no participant, which a message from a group, broadcast list or status has")
	}
	return nil
}

// hasParticipants reports whether the sender of a message in chat has to be named: in groups, broadcast lists and status.
func hasParticipants(chat types.JID) bool {
	return chat.Server == types.GroupServer || chat.Server == types.BroadcastServer
}
