package command

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/gabriel-vasile/mimetype"
	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"

	"github.com/wamediax/whatsmeow-ext/examples/bot/guard"
	"github.com/wamediax/whatsmeow-ext/wamediax"
)

// save writes the media of the quoted message to the media folder. If it has expired, the phone is
// asked to upload it again.
func (b *Bot) save(ctx context.Context, req *request) (string, error) {
	reply := req.Message.Message.GetExtendedTextMessage().GetContextInfo()
	media := wamediax.MediaIn(reply.GetQuotedMessage())
	if media == nil {
		return "", guard.Refuse("Send !save as a reply to a message with media.")
	}
	info, err := b.quoted(req, reply)
	if err != nil {
		return "", err
	}
	// Download to a hidden name, because DownloadFile would replace a file of the same name.
	part := fmt.Sprintf(".save-%016x", rand.Uint64())
	defer func() { _ = b.Media.Remove(part) }()
	saved, err := b.client.DownloadFile(ctx, filepath.Join(b.Media.Name(), part), media,
		wamediax.WithReupload(info), wamediax.WithLimit(b.Media.Max))
	if err != nil {
		return "", err
	}
	name, err := b.Media.Adopt(part, b.nameFor(media, info))
	if err != nil {
		return "", err
	}
	answer := fmt.Sprintf("Saved as %s (%s).", name, humanize.IBytes(uint64(saved.Bytes)))
	if saved.Reuploaded {
		answer += " It had expired, and the phone uploaded it again."
	}
	return answer, nil
}

// quoted identifies the quoted message for the phone.
func (b *Bot) quoted(req *request, reply *waE2E.ContextInfo) (*types.MessageInfo, error) {
	info := &types.MessageInfo{ID: reply.GetStanzaID(), Timestamp: req.Info.Timestamp}
	info.Chat = req.Info.Chat
	var err error
	if reply.GetRemoteJID() != "" { // a message from another chat
		if info.Chat, err = types.ParseJID(reply.GetRemoteJID()); err != nil {
			return nil, guard.Refuse("The bot cannot tell which message that is.")
		}
	}
	if info.Sender, err = types.ParseJID(reply.GetParticipant()); err != nil || info.ID == "" {
		return nil, guard.Refuse("The bot cannot tell which message that is.")
	}
	info.IsGroup = info.Chat.Server == types.GroupServer
	own := b.client.Store
	info.IsFromMe = info.Sender.User == own.GetJID().User || info.Sender.User == own.GetLID().User
	return info, nil
}

// nameFor returns a document's own name, or one made from the time and the ID of the message.
func (b *Bot) nameFor(media whatsmeow.DownloadableMessage, info *types.MessageInfo) string {
	if doc, ok := media.(*waE2E.DocumentMessage); ok {
		if name := guard.FileName(cmp.Or(doc.GetFileName(), doc.GetTitle())); name != "" {
			return name
		}
	}
	// A quote has no time, but the media key was made just before the message was sent.
	sent := info.Timestamp
	if dated, ok := media.(interface{ GetMediaKeyTimestamp() int64 }); ok && dated.GetMediaKeyTimestamp() > 0 {
		sent = time.Unix(dated.GetMediaKeyTimestamp(), 0)
	}
	extension := ".bin"
	if kind, ok := media.(interface{ GetMimetype() string }); ok {
		plain, _, _ := strings.Cut(kind.GetMimetype(), ";")
		if known := mimetype.Lookup(plain); known != nil {
			extension = cmp.Or(known.Extension(), extension)
		}
	}
	id := guard.FileName(info.ID)
	return fmt.Sprintf("%s-%s%s", sent.UTC().Format("20060102-150405"), cmp.Or(id, "message"), extension)
}
