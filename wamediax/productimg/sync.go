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

// Item is a picture of a product. Set either Path or Open.
type Item struct {
	ProductID string
	Position  int // of the picture among the product's

	Path string // of a regular file
	// Open returns the picture as [wamediax.UploadItem].Open does. Sync calls it when the item's
	// turn comes, reads the result once and closes it. Sync does not wait for Open or Read after
	// ctx has ended, so they should also return then.
	Open func() (io.ReadCloser, error)
	// Version identifies the state of the picture that Open returns, for example an ETag. Sync does
	// not call Open if the resume store has this version of this product and position. If "", Sync
	// always reads the picture. Items with a Path need no Version: Sync uses the file's identity,
	// size and times.
	Version string
}

// Outcome is the result of an item. If Err is set, the other fields are not.
type Outcome struct {
	Image Image
	// sent, already on the CDN, shared with another item, or known from an earlier run
	Delivery wamediax.Delivery
	Err      error
}

// Sync uploads the pictures of a catalog, several at a time ([WithParallelism]), and yields each
// outcome, with the item's index in items, when it is known. It yields every index exactly once,
// and continues after failed items.
//
// Sync follows the rules of [wamediax.Client.UploadAll]: it sends a picture that several products
// share only once. The client's resume store tells the next run, even after a crash, which pictures
// need not be read or sent again; without a store every run reads and sends everything. Cancelling
// ctx keeps the finished uploads. Breaking out of the loop cancels the rest and waits for it.
//
// Records expire after [wamediax.WithResumeExpiry], which should be longer than the interval
// between runs.
func Sync(ctx context.Context, client *wamediax.Client, items []Item, opts ...Option) iter.Seq2[int, Outcome] {
	return func(yield func(int, Outcome) bool) {
		set := newSettings(opts)
		ctx, cancel := context.WithCancel(ctx) // for conversions waiting for memory
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

// maxPasses limits the attempts for a file that keeps changing between being checked and opened.
const maxPasses = 3

// errOtherVersion means that a file has changed since Sync asked for its version. Its content must
// not be recorded under that version.
var errOtherVersion = fmt.Errorf("%w after its version was checked", streamenc.ErrSourceChanged)

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

// upload returns item as an item for UploadAll.
func (s *settings) upload(ctx context.Context, item Item) wamediax.UploadItem {
	upload := wamediax.UploadItem{MediaType: wamediax.MediaProductImage, Version: item.Version}
	open := item.Open
	switch {
	case item.Open != nil && item.Path != "", item.Open == nil && item.Path == "":
		open = func() (io.ReadCloser, error) { return nil, errors.New("item must have either a Path or an Open") }
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
		if err != nil || source.IsNil(src) {
			return nil, err
		}
		return openedSource{newChecked(ctx, src, s), src}, nil
	}
	return upload
}

// steadyFile is a file that must not change while it is read. Unlike [source.VersionOf], it does
// not treat renaming as a change.
type steadyFile struct {
	file   *os.File
	opened os.FileInfo
	read   int64
}

// openFile opens a file and checks that its version is want, unless want is "".
func openFile(path, want string) (io.ReadCloser, error) {
	stat, err := os.Stat(path) // before opening it, which would block on a pipe
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
		// it may grow without end
		return n, fmt.Errorf("%w while it was read", streamenc.ErrSourceChanged)
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
