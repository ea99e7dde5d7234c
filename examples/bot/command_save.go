package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/gabriel-vasile/mimetype"
	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"

	"github.com/wamediax/whatsmeow-ext/wamediax"
)

// save puts the media of the message that the command replies to into the media folder. If it has expired, the phone of
// whoever sent it is asked for it.
func (b *bot) save(ctx context.Context, req *request) (string, error) {
	reply := req.Message.Message.GetExtendedTextMessage().GetContextInfo()
	media := wamediax.MediaIn(reply.GetQuotedMessage())
	if media == nil {
		return "", plainly("Reply to a message with media, and say !save there.")
	}
	info, err := b.quoted(req, reply)
	if err != nil {
		return "", err
	}
	// Whole and verified, but under a hidden name: the one that it shall have may be taken, and DownloadFile replaces.
	part := fmt.Sprintf(".save-%016x", rand.Uint64())
	defer func() { _ = b.media.Remove(part) }()
	saved, err := b.client.DownloadFile(ctx, filepath.Join(b.media.Name(), part), media,
		wamediax.WithReupload(info), wamediax.WithLimit(b.max))
	if err != nil {
		return "", err
	}
	name, err := b.media.adopt(part, b.nameFor(media, info))
	if err != nil {
		return "", err
	}
	answer := fmt.Sprintf("Saved as %s (%s).", name, humanize.IBytes(uint64(saved.Bytes)))
	if saved.Reuploaded {
		answer += " It had expired, and the phone put it there again."
	}
	return answer, nil
}

// quoted describes the message that was replied to: the phone finds it by that.
func (b *bot) quoted(req *request, reply *waE2E.ContextInfo) (*types.MessageInfo, error) {
	info := &types.MessageInfo{ID: reply.GetStanzaID(), Timestamp: req.Info.Timestamp}
	info.Chat = req.Info.Chat
	var err error
	if reply.GetRemoteJID() != "" { // a message of another chat
		if info.Chat, err = types.ParseJID(reply.GetRemoteJID()); err != nil {
			return nil, plainly("I cannot tell which message that is.")
		}
	}
	if info.Sender, err = types.ParseJID(reply.GetParticipant()); err != nil || info.ID == "" {
		return nil, plainly("I cannot tell which message that is.")
	}
	info.IsGroup = info.Chat.Server == types.GroupServer
	own := b.client.Store
	info.IsFromMe = info.Sender.User == own.GetJID().User || info.Sender.User == own.GetLID().User
	return info, nil
}

// nameFor makes a file name: a document's own, or one of the time and the id of the message.
func (b *bot) nameFor(media whatsmeow.DownloadableMessage, info *types.MessageInfo) string {
	if doc, ok := media.(*waE2E.DocumentMessage); ok {
		if name := harmless(cmp.Or(doc.GetFileName(), doc.GetTitle())); name != "" {
			return name
		}
	}
	// A reply does not say when the message was sent, but the media key was made just before.
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
	id := harmless(info.ID)
	return fmt.Sprintf("%s-%s%s", sent.UTC().Format("20060102-150405"), cmp.Or(id, "message"), extension)
}

// adopt gives a file directly in the folder another name, or one like it where that is taken, and returns the name.
func (f *folder) adopt(part, name string) (string, error) {
	extension := filepath.Ext(name)
	stem := strings.TrimSuffix(name, extension)
	for i := 2; ; i++ {
		placeholder, err := f.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if errors.Is(err, fs.ErrExist) {
			name = fmt.Sprintf("%s-%d%s", stem, i, extension)
			continue
		}
		if err == nil {
			err = errors.Join(placeholder.Close(), f.Rename(part, name))
		}
		return name, err
	}
}
