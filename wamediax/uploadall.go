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

// UploadItem is one thing for [Client.UploadAll] to upload: a file by its Path, or whatever Open gives.
type UploadItem struct {
	MediaType whatsmeow.MediaType

	// Path names a regular file, which is read in place, as by [Client.UploadMedia]. It is opened only when its turn comes.
	Path string
	// Open, in place of a Path, gives the source; what it returns is read once and closed. It is called when its turn comes,
	// at most once unless the resume store knows the item and the CDN has lost it, and in a goroutine of its own: when the
	// context ends UploadAll does not wait for an Open, a Read or a Close that does not return. What they hold is free when
	// they do, so let them end with the same context:
	//
	//	Open: func() (io.ReadCloser, error) {
	//		req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	//		…
	//
	// If what it returns has a method Note() []byte, that is called once its end has been read. The note, of some hundred
	// bytes, is what the program needs to know of the item without reading it again: [UploadOutcome] has it, from the source or
	// from the resume store.
	Open func() (io.ReadCloser, error)

	// ID names what Open gives in the resume store, as [WithResumeID] does. Without one it is not remembered. A Path needs
	// none.
	ID string
	// Version says which state of it Open would give, an ETag for example. While ID and Version are those of an upload that
	// the store knows, Open is not called. "": nobody knows; what Open gives is read, and compared by its hash.
	Version string

	Options []UploadOption // for this item alone
}

// UploadOutcome is what became of one item. With an error, the rest is zero.
type UploadOutcome struct {
	Uploaded // its slices may be shared by items of the same content: do not modify them
	Delivery Delivery
	Note     []byte // see [UploadItem].Open
	Err      error
}

// Delivery says how an item got onto the CDN.
type Delivery int

const (
	DeliveryNone   = Delivery(bulk.None)   // it did not: see the error
	DeliverySent   = Delivery(bulk.Sent)   // bytes of it were sent; in a dry run: would be
	DeliveryHeld   = Delivery(bulk.Held)   // the CDN was asked, and holds it already
	DeliveryShared = Delivery(bulk.Shared) // it is the same as another item of this call
	DeliveryKnown  = Delivery(bulk.Known)  // the resume store knows it: neither was it read nor the CDN asked
)

// String returns the delivery in a word, such as "sent".
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

// UploadAll uploads many things, some at a time ([WithParallelism]), and yields what became of each as they end: the
// index into items, and the upload or the error. Every index is yielded once. One that fails stops none.
//
//	for i, outcome := range client.UploadAll(ctx, greetings) {
//		if outcome.Err != nil {
//			log.Warnf("Greeting %s: %v", greetings[i].Path, outcome.Err)
//			continue
//		}
//		store(greetings[i].Path, outcome.ImageMessage())
//	}
//
// Items of the same content and media type are sent once, under one media key, even if they are several files that come at
// the same time. With [WithResumeStore] the next call sends only what has changed: UploadAll does not read a file again whose
// path, size and time of change are as recorded (a Previewer looks at it all the same), and does not ask the CDN again for what it has confirmed within a day
// ([WithRecheck]). If an earlier call was cut off, even by the end of the process, UploadAll asks the CDN for what that left
// behind before it sends it. Where several processes do that at once on one store, something may be sent twice.
//
// When ctx is done, what is left is yielded with its cause as error; what was uploaded by then stays remembered. Breaking
// out of the loop cancels what is under way and waits until that has ended, but for an Open that does not return. Ranging
// over the sequence again uploads again. items must not change meanwhile.
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

// bulkItems describes items for a run with these settings.
func (c *Client) bulkItems(items []UploadItem, run transfer) []bulk.Item {
	run.progress = oneAtATime(run.progress)
	run.freshFor = 0 // WithRecheck is its setting
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
