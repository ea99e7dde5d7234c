package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/wamediax/whatsmeow-ext/examples/bot/guard"
	"github.com/wamediax/whatsmeow-ext/wamediax"
	"github.com/wamediax/whatsmeow-ext/wamediax/productimg"
	"github.com/wamediax/whatsmeow-ext/wamediax/streamenc"
)

// maxListed is the most pictures that an answer lists. WhatsApp accepts 65,536 characters.
const maxListed = 100

// catalog uploads the pictures in a folder for a product catalog and answers with their URLs. The
// resume store has the uploads of earlier runs.
func (b *Bot) catalog(ctx context.Context, req *request) (string, error) {
	if req.args == "" {
		return "", guard.Refuse("Which folder? Send !catalog FOLDER.")
	}
	dir, err := b.Media.Folder(req.args)
	if err != nil {
		return "", err
	}
	defer dir.Close()
	items, err := picturesIn(dir, b.Media.Max)
	if err != nil {
		return "", err
	}
	if len(items) == 0 {
		return "", guard.Refuse("That folder has no JPEG, PNG or WebP pictures.")
	}
	var urls, failures []string
	sent := 0
	for i, outcome := range productimg.Sync(ctx, b.client, items) {
		item := items[i]
		switch {
		case outcome.Err != nil:
			b.Log.Warn().Err(outcome.Err).Str("product", item.ProductID).Msg("Picture failed")
			failures = append(failures, fmt.Sprintf("%s: %s", item.ProductID, explain(outcome.Err, b.Timeout)))
			continue
		case outcome.Delivery == wamediax.DeliverySent:
			sent++
			b.count.bytesSent.Add(outcome.Image.Size)
		}
		urls = append(urls, item.ProductID+" "+outcome.Image.URL)
	}
	if ctx.Err() != nil {
		return "", context.Cause(ctx)
	}
	answer := fmt.Sprintf("%d pictures: %d sent, %d already there, %d failed.", len(items), sent, len(urls)-sent, len(failures))
	return answer + list(failures) + list(urls), nil
}

// picturesIn returns the pictures directly in a folder. The product ID is the file name without its
// extension; several pictures of one product have different extensions.
func picturesIn(dir *os.Root, max int64) ([]productimg.Item, error) {
	entries, err := fs.ReadDir(dir.FS(), ".")
	if err != nil {
		return nil, err
	}
	var items []productimg.Item
	positions := make(map[string]int)
	for _, entry := range entries { // ordered by name
		name := entry.Name()
		extension := path.Ext(name)
		if strings.HasPrefix(name, ".") || !slices.Contains([]string{".jpg", ".jpeg", ".png", ".webp"}, strings.ToLower(extension)) {
			continue
		}
		stat, err := dir.Stat(name)
		if err == nil && stat.IsDir() {
			continue
		}
		version := func(stat fs.FileInfo) string { // another folder may have the product too
			return fmt.Sprintf("%s %d %d", filepath.Join(dir.Name(), name), stat.Size(), stat.ModTime().UnixNano())
		}
		item := productimg.Item{ProductID: strings.TrimSuffix(name, extension)}
		if err == nil {
			item.Version = version(stat)
		}
		item.Open = func() (io.ReadCloser, error) {
			file, err := guard.OpenRegular(dir, name, max)
			if err != nil {
				return nil, err
			}
			if now, err := file.Stat(); err != nil || item.Version != "" && version(now) != item.Version {
				return nil, errors.Join(streamenc.ErrSourceChanged, err, file.Close())
			}
			return file, nil
		}
		item.Position = positions[item.ProductID]
		positions[item.ProductID]++
		items = append(items, item)
	}
	return items, nil
}

func list(lines []string) string {
	slices.Sort(lines)
	var out strings.Builder
	for _, line := range lines[:min(len(lines), maxListed)] {
		out.WriteString("\n" + line)
	}
	if more := len(lines) - maxListed; more > 0 {
		fmt.Fprintf(&out, "\n… and %d more", more)
	}
	return out.String()
}
