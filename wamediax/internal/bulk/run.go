package bulk

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"iter"
	"time"

	"github.com/wamediax/whatsmeow-ext/wamediax/internal/fanout"
	"github.com/wamediax/whatsmeow-ext/wamediax/internal/source"
	"github.com/wamediax/whatsmeow-ext/wamediax/internal/upload"
	"github.com/wamediax/whatsmeow-ext/wamediax/resume"
	"github.com/wamediax/whatsmeow-ext/wamediax/streamenc"
)

// Settings configure a run.
type Settings struct {
	Parallelism int           // items uploaded at a time
	Pace        time.Duration // average interval between the starts of unknown items; 0 for none
	Recheck     time.Duration // how long after its last confirmation the CDN is asked again
	DryRun      bool          // send nothing
}

// Delivery is how an item got onto the CDN.
type Delivery int

const (
	None   Delivery = iota // not uploaded
	Sent                   // bytes were sent, or would be in a run that is not dry
	Held                   // the CDN was asked and already holds it
	Shared                 // same content as another item of the run
	Known                  // known from the journal
)

// Outcome is the result of one item. If Err is set, the other fields are not.
type Outcome struct {
	upload.Result
	Delivery Delivery
	Err      error
}

// Run uploads items through the pipeline. It yields the index and outcome of each as it ends, every
// index once.
func Run(ctx context.Context, p *upload.Pipeline, items []Item, set Settings) iter.Seq2[int, Outcome] {
	return func(yield func(int, Outcome) bool) {
		r := &run{pipeline: p, set: set, flights: new(upload.Flights)}
		if !set.DryRun {
			r.pace = fanout.NewPace(set.Pace)
		}
		groups := groupItems(items)
		var unknown []*group
		for i, outcome := range fanout.Each(ctx, set.Parallelism, groups, r.lookUp) {
			if outcome == nil {
				unknown = append(unknown, groups[i])
			} else if !groups[i].yield(*outcome, yield) {
				return
			}
		}
		for i, outcome := range fanout.Each(ctx, set.Parallelism, unknown, r.upload) {
			if !unknown[i].yield(outcome, yield) {
				return
			}
		}
	}
}

// yield yields the group's outcome for each of its items.
func (g *group) yield(outcome Outcome, yield func(int, Outcome) bool) bool {
	for n, i := range g.indices {
		if n == 1 && outcome.Err == nil && outcome.Delivery != Known {
			outcome.Delivery, outcome.Response.Sent, outcome.Response.Resumed = Shared, 0, false
		}
		if !yield(i, outcome) {
			return false
		}
	}
	return true
}

type run struct {
	pipeline *upload.Pipeline
	set      Settings
	flights  *upload.Flights
	pace     *fanout.Pace
}

// lookUp returns the outcome of a group if it is known without reading its source and without the
// CDN: from the journal, or because the source cannot be opened. Otherwise it returns nil.
func (r *run) lookUp(ctx context.Context, g *group) *Outcome {
	if g.Err != nil {
		return &Outcome{Err: g.Err}
	}
	if r.pipeline.Journal == nil || ctx.Err() != nil {
		return nil
	}
	src, err := g.source(ctx)
	if err != nil {
		return &Outcome{Err: err}
	}
	defer src.Close()
	job := g.Job
	job.Source = src
	rec := r.pipeline.Lookup(ctx, job)
	if rec == nil || !r.confirmed(rec) {
		return nil
	}
	result, ok := upload.Recorded(rec, job)
	if !ok {
		return nil
	}
	r.flights.Add(job, result)
	if !r.set.DryRun {
		result.Look = r.pipeline.LookAt(ctx, job)
	}
	return &Outcome{Result: result, Delivery: Known}
}

// confirmed reports whether the CDN has recently confirmed the object of rec.
func (r *run) confirmed(rec *resume.Record) bool {
	age := time.Since(rec.Updated) // negative if a clock was or is wrong
	return r.set.DryRun || 0 <= age && age < r.set.Recheck
}

// upload uploads a group.
func (r *run) upload(ctx context.Context, g *group) Outcome {
	if err := r.pace.Wait(ctx); err != nil {
		return Outcome{Err: err}
	}
	result, err := r.uploadSource(ctx, g)
	if err != nil {
		if cause := context.Cause(ctx); cause != nil && !errors.Is(err, cause) {
			err = fmt.Errorf("%w: %w", cause, err)
		}
		return Outcome{Err: err}
	}
	outcome := Outcome{Result: result, Delivery: Sent}
	switch {
	case result.Shared:
		outcome.Delivery, outcome.Response.Sent, outcome.Response.Resumed = Shared, 0, false
	case result.Response.Resumed && result.Response.Sent == 0:
		outcome.Delivery = Held
	}
	return outcome
}

func (r *run) uploadSource(ctx context.Context, g *group) (upload.Result, error) {
	src, err := g.source(ctx)
	if err != nil {
		return upload.Result{}, err
	}
	defer src.Close()
	job := g.Job
	job.Source = src
	if r.set.DryRun {
		return r.read(ctx, job)
	}
	// its hash is enough to find what an interrupted run has sent
	job.RecordAtEnd = !job.Dest.Encrypted()
	return r.pipeline.Upload(ctx, job, r.flights)
}

// read returns what an upload would do, as far as it is known without the CDN.
func (r *run) read(ctx context.Context, job upload.Job) (upload.Result, error) {
	hash, head := sha256.New(), new(source.Head)
	n, err := io.Copy(io.MultiWriter(hash, head), source.Watch(ctx, job.Source, nil))
	if err != nil {
		return upload.Result{}, fmt.Errorf("failed to read: %w", err)
	}
	content := upload.Content{Info: streamenc.Info{FileSHA256: hash.Sum(nil), FileLength: n}, Mimetype: head.Mimetype()}
	result, err := r.flights.Join(ctx, job, upload.Result{Content: content})
	if late, ok := job.Source.(*source.Late); ok {
		result.Note = late.Note()
	}
	return result, err
}
