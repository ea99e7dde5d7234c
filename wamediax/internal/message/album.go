package message

import (
	"fmt"

	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"
	"google.golang.org/protobuf/proto"

	"github.com/wamediax/whatsmeow-ext/wamediax/internal/mediatype"
)

// The number of items in an album. PROTOCOL: WA Web's WAWebConstantsDeprecated.MAX_FILES limits how
// many files can be selected at once; a single item is not an album.
const (
	MinAlbum = 2
	MaxAlbum = 30
)

// CheckAlbum returns an error if an album of n items cannot be sent to a chat.
//
// PROTOCOL: WA Web's WAWebForwardAssociationConfig forwards albums to no newsletters and bots. That
// a newsletter's album differs (WAWebNewsletterSendMsgAction.sendNewsletterAlbumMsg) is all that is
// known of it. The status shows one thing at a time.
func CheckAlbum(to types.JID, n int) error {
	switch {
	case n < MinAlbum || n > MaxAlbum:
		return fmt.Errorf("an album has %d to %d items, got %d", MinAlbum, MaxAlbum, n)
	case to.Server == types.NewsletterServer, to.Server == types.BroadcastServer, to.IsBot():
		return fmt.Errorf("%s takes no albums: send the items one by one", to)
	}
	return nil
}

// CheckMember returns an error if an album cannot contain such an item.
func CheckMember(kind mediatype.Kind, d Details) error {
	if kind != mediatype.KindImage && kind != mediatype.KindVideo {
		return fmt.Errorf("%w: %s cannot be part of an album, only images and videos can: send it separately", ErrKind, Name(kind))
	}
	if d.ViewOnce {
		return fmt.Errorf("%w: an item of an album cannot be view-once", ErrDetails)
	}
	return nil
}

// Announcement returns the message that comes before the items of an album and says how many of
// each kind there are. It returns nil for fewer than [MinAlbum] items, which are no album.
func Announcement(items []mediatype.Kind, context *waE2E.ContextInfo) *waE2E.Message {
	if len(items) < MinAlbum {
		return nil
	}
	var images, videos uint32
	for _, kind := range items {
		if kind == mediatype.KindImage {
			images++
		} else {
			videos++
		}
	}
	return &waE2E.Message{AlbumMessage: &waE2E.AlbumMessage{
		ExpectedImageCount: &images,
		ExpectedVideoCount: &videos,
		ContextInfo:        proto.CloneOf(context),
	}}
}

// Unquoted returns a copy of context without the quoted message, which only the announcement has.
func Unquoted(context *waE2E.ContextInfo) *waE2E.ContextInfo {
	if context == nil {
		return nil
	}
	rest := proto.CloneOf(context)
	rest.StanzaID, rest.Participant, rest.RemoteJID, rest.QuotedMessage = nil, nil, nil, nil
	return rest
}
