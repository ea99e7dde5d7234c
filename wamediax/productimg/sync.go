package productimg

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"strconv"

	"github.com/wamediax/whatsmeow-ext/wamediax"
	"github.com/wamediax/whatsmeow-ext/wamediax/internal/source"
	"github.com/wamediax/whatsmeow-ext/wamediax/streamenc"
)

// Item is a picture of a product, in a file or wherever Open gets it from.
type Item struct {
	ProductID string
	Position  int // of the picture among the product's

	Path string // of a regular file; or:
	// Open is as [wamediax.UploadItem].Open: called when its turn comes, read once, closed, and not waited for when the
	// context has ended, so it should end with that too.
	Open func() (io.ReadCloser, error)
	// Version says which state of the picture Open would give, an ETag for example. While it is the one that the resume
	// store knows of this product and position, Open is not called. "": nobody knows. A file needs none: its identity, its
	// size and the times of its last change tell.
	Version string
}

// Outcome is what became of an item. With an error, the rest is not set.
type Outcome struct {
	Image    Image
	Delivery wamediax.Delivery // sent, held by the CDN already, shared with another item, or known from an earlier run
	Err      error
}

// Sync puts the pictures of a catalog onto the CDN, some at a time ([WithParallelism]), and yields what became of each as
// they end: the index into items, and the outcome. Every index is yielded once; one that fails stops none. It is [wamediax.Client.UploadAll] for pictures, with all
// that is said there: the same picture under many products is sent once; the resume store of the client is the manifest,
// from which the next run, also after a crash, knows what needs not be read and sent again; cancelling keeps what is done;
// breaking out of the loop cancels and waits. Without a store each run reads and sends everything.
//
// Records are kept as long as [wamediax.WithResumeExpiry] says: choose more than the time between two runs.
func Sync(ctx context.Context, client *wamediax.Client, items []Item, opts ...Option) iter.Seq2[int, Outcome] {
	return func(yield func(int, Outcome) bool) {
		set := newSettings(opts)
		ctx, cancel := context.WithCancel(ctx) // for conversions that wait
		defer cancel()
		waiting := make([]int, len(items))
		for i := range items {
			waiting[i] = i
		}
		for pass := 1; len(waiting) > 0; pass++ {
			uploads := make([]wamediax.UploadItem, len(waiting))
			for n, i := range waiting {
				uploads[n] = set.upload(ctx, items[i])
			}
			var changed []int
			for n, outcome := range client.UploadAll(ctx, uploads, set.all...) {
				i := waiting[n]
				if errors.Is(outcome.Err, errOtherVersion) && pass < maxPasses {
					changed = append(changed, i)
					continue
				}
				if !yield(i, outcomeOf(outcome)) {
					return
				}
			}
			waiting = changed
		}
	}
}

// maxPasses is how often a file's version is asked for that always changes before the file is opened.
const maxPasses = 3

// errOtherVersion: a file is not as it was when its version was asked for. What it holds now must not be recorded under that.
var errOtherVersion = fmt.Errorf("%w since its turn was planned", streamenc.ErrSourceChanged)

func outcomeOf(outcome wamediax.UploadOutcome) Outcome {
	if outcome.Err != nil {
		return Outcome{Err: outcome.Err}
	}
	var n note
	if json.Unmarshal(outcome.Note, &n) != nil || n == (note{}) {
		return Outcome{Err: errNoNote}
	}
	return Outcome{Image: n.image(&outcome.Uploaded), Delivery: outcome.Delivery}
}

// upload makes an item for UploadAll.
func (s *settings) upload(ctx context.Context, item Item) wamediax.UploadItem {
	upload := wamediax.UploadItem{MediaType: wamediax.MediaProductImage, Version: item.Version}
	open := item.Open
	switch {
	case item.Open != nil && item.Path != "", item.Open == nil && item.Path == "":
		open = func() (io.ReadCloser, error) { return nil, errors.New("an item has either a Path or an Open") }
	case item.Open != nil:
		if item.ProductID != "" {
			upload.ID = s.id("product", strconv.Quote(item.ProductID)+" "+strconv.Itoa(item.Position))
		}
	default:
		upload.Version = ""
		path, err := filepath.Abs(item.Path)
		if err != nil {
			open = func() (io.ReadCloser, error) { return nil, err }
			break
		}
		upload.ID = s.id("file", path)
		stat, err := os.Stat(path)
		if err == nil {
			upload.Version = source.VersionOf(stat)
		}
		open = func() (io.ReadCloser, error) { return openFile(path, upload.Version) }
	}
	upload.Open = func() (io.ReadCloser, error) {
		src, err := open()
		if err != nil || src == nil {
			return nil, err
		}
		return openedSource{newChecked(ctx, src, s), src}, nil
	}
	return upload
}

// steadyFile is a file that must not change while it is read. Giving its name to another file is no change, though it is one to
// [source.VersionOf].
type steadyFile struct {
	file   *os.File
	opened os.FileInfo
	read   int64
}

// openFile opens a file whose version is want; "": any.
func openFile(path, want string) (io.ReadCloser, error) {
	stat, err := os.Stat(path) // before it is opened: that would wait if it is a pipe
	if err != nil {
		return nil, err
	}
	if !stat.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a regular file", path)
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	if stat, err = file.Stat(); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	if want != "" && source.VersionOf(stat) != want {
		return nil, errors.Join(fmt.Errorf("%s: %w", path, errOtherVersion), file.Close())
	}
	return &steadyFile{file: file, opened: stat}, nil
}

func (f *steadyFile) Read(p []byte) (int, error) {
	n, err := f.file.Read(p)
	f.read += int64(n)
	if f.read > f.opened.Size() {
		return n, fmt.Errorf("%w while it was read", streamenc.ErrSourceChanged) // it may grow for ever
	}
	if err != io.EOF {
		return n, err
	}
	now, statErr := f.file.Stat()
	if statErr != nil {
		return n, statErr
	}
	if f.read != f.opened.Size() || now.Size() != f.opened.Size() || !now.ModTime().Equal(f.opened.ModTime()) {
		return n, fmt.Errorf("%w while it was read", streamenc.ErrSourceChanged)
	}
	return n, io.EOF
}

func (f *steadyFile) Close() error { return f.file.Close() }
