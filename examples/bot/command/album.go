package command

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/wamediax/whatsmeow-ext/examples/bot/guard"
	"github.com/wamediax/whatsmeow-ext/wamediax"
)

// album sends the pictures and videos directly in a folder as one album.
func (b *Bot) album(ctx context.Context, req *request) (string, error) {
	if req.args == "" {
		return "", guard.Refuse("Which folder? Send !album FOLDER.")
	}
	dir, err := b.Media.Folder(req.args)
	if err != nil {
		return "", err
	}
	defer dir.Close()
	names, err := albumIn(dir)
	if err != nil {
		return "", err
	}
	items := make([]wamediax.AlbumItem, len(names))
	for i, name := range names {
		file, err := guard.OpenRegular(dir, name, b.Media.Max)
		if err != nil {
			return "", err
		}
		defer file.Close()
		items[i].Source = file
	}
	album, err := b.client.SendAlbum(ctx, req.Info.Chat.ToNonAD(), items, wamediax.WithContextInfo(req.quote()))
	if album == nil {
		return "", err
	}
	for _, sent := range album {
		if sent != nil {
			b.countUpload(sent.Uploaded)
		}
	}
	if err == nil || ctx.Err() != nil {
		return "", err
	}
	return "", &guard.Refusal{Text: b.explainAlbum(names, err), Cause: err}
}

// albumIn returns the pictures and videos in a folder, sorted by name.
func albumIn(dir *os.Root) ([]string, error) {
	const fewest, most = 2, 30 // WhatsApp's limits
	entries, err := fs.ReadDir(dir.FS(), ".")
	if err != nil {
		return nil, err
	}
	var names []string
	for _, entry := range entries {
		extension := strings.ToLower(path.Ext(entry.Name()))
		if !strings.HasPrefix(entry.Name(), ".") && slices.Contains([]string{".jpg", ".jpeg", ".png", ".mp4", ".3gp"}, extension) {
			names = append(names, entry.Name())
		}
	}
	if len(names) < fewest || len(names) > most {
		return nil, guard.Refuse("An album has %d to %d pictures (JPEG, PNG) and videos (MP4, 3GP); that folder has %d.",
			fewest, most, len(names))
	}
	return names, nil
}

// explainAlbum returns an answer that names the items that were not sent.
func (b *Bot) explainAlbum(names []string, err error) string {
	errs := []error{err}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		errs = joined.Unwrap()
	}
	lines := []string{"Not everything was sent."}
	for _, err := range errs {
		text := explain(err, b.Timeout)
		if item, ok := errors.AsType[*wamediax.ItemError](err); ok && item.Index < len(names) {
			text = fmt.Sprintf("%s: %s", names[item.Index], text)
		}
		lines = append(lines, text)
	}
	return strings.Join(lines, "\n")
}
