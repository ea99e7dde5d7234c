package bulk

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/wamediax/whatsmeow-ext/wamediax/internal/source"
	"github.com/wamediax/whatsmeow-ext/wamediax/internal/upload"
)

// Item is one thing to upload.
type Item struct {
	Path string                        // of a regular file; or:
	Open func() (io.ReadCloser, error) // the source

	Job   upload.Job // without its Source; ResumeID and Version are of what Open opens
	Alone bool       // has its own settings: not merged with another item of the same source
	Err   error      // why there is no Job
}

// group is the items with the same source.
type group struct {
	Item
	indices []int
}

// groupItems groups items that name the same source.
func groupItems(items []Item) []*group {
	type identity struct{ mediaType, path, id, version string }
	first := make(map[identity]*group)
	groups := make([]*group, 0, len(items))
	for i, item := range items {
		id := identity{mediaType: string(item.Job.MediaType), id: item.Job.ResumeID, version: item.Job.Version}
		if item.Open == nil && item.Path != "" {
			if path, err := filepath.Abs(item.Path); err == nil {
				id.path = path
			}
		}
		same := !item.Alone && (id.path != "" || id.id != "" && id.version != "")
		if g := first[id]; same && g != nil {
			g.indices = append(g.indices, i)
			continue
		}
		g := &group{Item: item, indices: []int{i}}
		groups = append(groups, g)
		if same {
			first[id] = g
		}
	}
	return groups
}

// source returns the item's source. Open is called when the source is first read.
func (item Item) source(ctx context.Context) (io.ReadCloser, error) {
	switch {
	case item.Open != nil && item.Path != "":
		return nil, errors.New("the item has both Path and Open: set one of them")
	case item.Open == nil && item.Path == "":
		return nil, errors.New("the item has neither Path nor Open: set one of them")
	case item.Open != nil:
		return source.NewLate(ctx, item.Open), nil
	}
	stat, err := os.Stat(item.Path) // before opening it, which would block on a pipe
	if err != nil {
		return nil, fmt.Errorf("failed to open: %w", err)
	}
	if !stat.Mode().IsRegular() {
		return nil, fmt.Errorf("failed to open: %s is not a regular file (%s)", item.Path, stat.Mode().Type())
	}
	file, err := os.Open(item.Path)
	if err != nil {
		return nil, fmt.Errorf("failed to open: %w", err)
	}
	return file, nil
}
