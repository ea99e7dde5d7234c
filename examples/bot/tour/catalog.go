package tour

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/wamediax/whatsmeow-ext/wamediax"
	"github.com/wamediax/whatsmeow-ext/wamediax/productimg"
	"github.com/wamediax/whatsmeow-ext/wamediax/resume/filestore"
)

// catalog syncs the pictures of a shop's catalog twice. Some products share a picture, and the
// second run sends nothing.
func (t *tour) catalog(ctx context.Context, stage *stage) (string, error) {
	const pictures, products = 30, 40
	dir, err := t.tempDir()
	if err != nil {
		return "", err
	}
	store, err := filestore.New(filepath.Join(dir, "progress"))
	if err != nil {
		return "", err
	}
	items := make([]productimg.Item, products)
	for i := range items {
		path := filepath.Join(dir, fmt.Sprintf("picture-%02d.png", i%pictures))
		if i < pictures {
			if err := drawShade(path, i); err != nil {
				return "", err
			}
		}
		items[i] = productimg.Item{ProductID: fmt.Sprintf("SKU-%03d", i), Path: path}
	}

	t.say("Syncing a catalog of %d products with %d pictures, twice.", products, pictures)
	for run := range 2 {
		before := stage.Received()
		client := stage.wrap(stage.plain, wamediax.WithResumeStore(store))
		urls := make(map[string]string)
		for i, outcome := range productimg.Sync(ctx, client, items) {
			item := items[i]
			if outcome.Err != nil {
				return "", fmt.Errorf("product %s: %w", item.ProductID, outcome.Err)
			}
			urls[item.ProductID] = outcome.Image.URL
		}
		held := make(map[string]bool)
		for _, url := range urls {
			held[url] = true
		}
		sent := stage.Received() - before
		t.say("run %d: %d products with %d different URLs, %s sent", run+1, len(urls), len(held), size(sent))
		if len(urls) != products || len(held) != pictures || (sent > 0) != (run == 0) {
			return "", errors.New("the catalog is incomplete or was sent twice")
		}
	}
	return fmt.Sprintf("%d products, %d pictures; second run sent nothing", products, pictures), nil
}
