package wamediax

import (
	"context"
	"io"
	"iter"
	"time"

	"go.mau.fi/whatsmeow"

	"github.com/wamediax/whatsmeow-ext/wamediax/internal/bulk"
	"github.com/wamediax/whatsmeow-ext/wamediax/internal/upload"
)

// UploadItem is one item for [Client.UploadAll]: a file at Path, or a source from Open.
type UploadItem struct {
	MediaType whatsmeow.MediaType

	// Path is the path of a regular file, which is read in place, as by [Client.UploadMedia], and
	// not opened earlier than needed.
	Path string
	// Open returns the source of an item without a Path. UploadAll reads it once and closes it. It
	// calls Open when the item's turn comes: once, or twice if the resume store knows the item but
	// the CDN has lost it. All this happens in a separate goroutine: when the context ends,
	// UploadAll does not wait for an Open, Read or Close that hangs. Their resources stay in use
	// until they return, so make them end with the same context:
	//
	//	Open: func() (io.ReadCloser, error) {
	//		req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	//		…
	//
	// If the source has a method Note() []byte, UploadAll calls it after reading the source to its
	// end. A note holds up to a few hundred bytes that the application needs to know about the item
	// without reading it again. It is returned in [UploadOutcome], from the source or from the
	// resume store.
	Open func() (io.ReadCloser, error)

	// ID names the source from Open in the resume store, like [WithResumeID]. Without an ID it is
	// not recorded. A Path needs none.
	ID string
	// Version identifies the state of the source, such as an ETag. If the store has a finished
	// upload with this ID and Version, Open is not called. If Version is "", the source is read and
	// compared by its hash.
	Version string

	Options []UploadOption // for this item only
}

// UploadOutcome is the result of one item. If Err is set, the other fields are zero.
type UploadOutcome struct {
	Uploaded // items with the same content may share slices: do not modify them
	Delivery Delivery
	Note     []byte // see [UploadItem].Open
	Err      error
}

// Delivery is how an item got onto the CDN.
type Delivery int

const (
	DeliveryNone   = Delivery(bulk.None)   // not uploaded: see Err
	DeliverySent   = Delivery(bulk.Sent)   // bytes were sent, or would be in a run that is not dry
	DeliveryHeld   = Delivery(bulk.Held)   // the CDN was asked and already holds it
	DeliveryShared = Delivery(bulk.Shared) // same content as another item of this call
	// known from the resume store: the item was not read and the CDN not asked
	DeliveryKnown = Delivery(bulk.Known)
)

// String returns the name of the delivery, such as "sent".
func (d Delivery) String() string {
	switch d {
	case DeliveryNone:
		return "none"
	case DeliverySent:
		return "sent"
	case DeliveryHeld:
		return "held"
	case DeliveryShared:
		return "shared"
	case DeliveryKnown:
		return "known"
	default:
		return "unknown delivery"
	}
}

// UploadAll uploads items, several at a time ([WithParallelism]), and yields each one's index and
// outcome as it ends. Every index is yielded once. A failed item does not stop the others.
//
//	for i, outcome := range client.UploadAll(ctx, greetings) {
//		if outcome.Err != nil {
//			log.Warnf("Greeting %s: %v", greetings[i].Path, outcome.Err)
//			continue
//		}
//		store(greetings[i].Path, outcome.ImageMessage())
//	}
//
// Items with the same content and media type are uploaded once, with one media key, even if they
// are different files. With [WithResumeStore], later calls upload only what has changed. UploadAll
// does not read a file again if its path, size and modification times are as recorded (a Previewer
// still reads it), and does not ask the CDN about objects that it confirmed within a day
// ([WithRecheck]). If an earlier call was interrupted, even by the end of the process, UploadAll
// asks the CDN what it holds before sending. Processes that do so at the same time with one store
// may send some items twice.
//
// When ctx ends, UploadAll yields its cause as the error of the remaining items; finished uploads
// stay recorded. Breaking out of the loop cancels uploads in progress and waits for them, but not
// for an Open that hangs. Ranging over the sequence again uploads again. Do not modify items
// meanwhile.
func (c *Client) UploadAll(ctx context.Context, items []UploadItem, opts ...UploadAllOption) iter.Seq2[int, UploadOutcome] {
	return func(yield func(int, UploadOutcome) bool) {
		ctx, end, err := c.begin(ctx)
		if err != nil {
			for i := range items {
				if !yield(i, UploadOutcome{Err: err}) {
					return
				}
			}
			return
		}
		defer end()
		s := uploadAllSettings{transfer: c.defaults, bulk: c.bulk, recheck: 24 * time.Hour}
		apply(opts, func(opt UploadAllOption) { opt.uploadAll(&s) })
		set := bulk.Settings{Parallelism: s.bulk.parallelism, Pace: s.bulk.pace, Recheck: s.recheck, DryRun: s.dryRun}
		described := c.bulkItems(items, s.transfer)
		for i, outcome := range bulk.Run(ctx, c.uploads, described, set) {
			if !yield(i, outcomeFrom(described[i].Job, outcome)) {
				return
			}
		}
	}
}

// bulkItems converts items for a run with these settings.
func (c *Client) bulkItems(items []UploadItem, run transfer) []bulk.Item {
	run.progress = oneAtATime(run.progress)
	run.freshFor = 0 // UploadAll uses WithRecheck instead
	described := make([]bulk.Item, len(items))
	for i, item := range items {
		job, err := c.bulkJob(i, item, run)
		described[i] = bulk.Item{Path: item.Path, Open: item.Open, Job: job, Alone: len(item.Options) > 0, Err: err}
	}
	return described
}

func (c *Client) bulkJob(index int, item UploadItem, run transfer) (upload.Job, error) {
	s := uploadSettings{transfer: run, resumeID: item.ID}
	apply(item.Options, func(opt UploadOption) { opt.upload(&s) })
	job, err := c.jobFor(nil, item.MediaType, s)
	job = c.previewing(job, s.preview)
	job.Version, job.Progress = item.Version, uploadProgress(s.progress, index)
	return job, err
}

func outcomeFrom(job upload.Job, outcome bulk.Outcome) UploadOutcome {
	if outcome.Err != nil {
		return UploadOutcome{Err: outcome.Err}
	}
	return UploadOutcome{Uploaded: *uploadedFrom(job, outcome.Result, nil), Delivery: Delivery(outcome.Delivery), Note: outcome.Note}
}
