package upload

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"

	"go.mau.fi/whatsmeow"
	"golang.org/x/sync/semaphore"

	"github.com/wamediax/whatsmeow-ext/wamediax/cdn"
	"github.com/wamediax/whatsmeow-ext/wamediax/internal/ctxerr"
	"github.com/wamediax/whatsmeow-ext/wamediax/internal/journal"
	"github.com/wamediax/whatsmeow-ext/wamediax/internal/turns"
	"github.com/wamediax/whatsmeow-ext/wamediax/resume"
	"github.com/wamediax/whatsmeow-ext/wamediax/streamenc"
)

// Pipeline holds what all uploads of a client share.
type Pipeline struct {
	Client  *whatsmeow.Client // used only for its log
	Conns   cdn.ConnSource
	HTTP    func() *http.Client // for one upload
	Journal *journal.Journal    // nil if uploads are not recorded
	Turns   *semaphore.Weighted // limits concurrent uploads; may be nil
	Shared  *turns.Account      // limit shared with other clients; may be nil
	// how much of a plain stream's object is kept in memory, in bytes
	SpoolMemory int64

	unknownPaths sync.Map // upload paths (string) that hosts have refused
}

// Upload uploads job's source. With nil flights it is not merged with other uploads.
func (p *Pipeline) Upload(ctx context.Context, job Job, flights *Flights) (Result, error) {
	entry, err := p.Journal.Open(ctx, job.entry())
	if errors.Is(err, journal.ErrStore) {
		return Result{}, fmt.Errorf("failed to upload: %w", err)
	}
	if err != nil {
		return Result{}, err
	}
	defer entry.Close()
	endTurn, err := p.takeTurn(ctx)
	if err != nil {
		return Result{}, err
	}
	defer endTurn()

	reports := &reporter{report: job.Progress}
	looking := p.lookInPlace(ctx, job)
	defer func() { looking.end() }()
	obj, err := p.recall(ctx, job, entry, reports)
	if err == nil && obj == nil {
		obj, err = p.seal(ctx, job, job.MediaKey, reports)
	}
	if err != nil {
		return Result{}, err
	}
	if obj.recalled && entry.Fresh(job.FreshFor) {
		return p.known(ctx, job, obj, entry.Record().Response, looking), nil
	}
	result, err := p.sendOnce(ctx, job, obj, entry, flights, looking, reports)
	if obj.recalled && errors.Is(err, streamenc.ErrSourceChanged) {
		// The source has changed despite its fingerprint. No changed byte was sent, and the
		// recorded key is not used for it.
		looking.end()
		looking = p.lookInPlace(ctx, job)
		if obj, err = p.seal(ctx, job, job.MediaKey, reports); err != nil {
			return Result{}, err
		}
		result, err = p.sendOnce(ctx, job, obj, entry, flights, looking, reports)
	}
	if errors.Is(err, streamenc.ErrSourceChanged) {
		entry.Forget(ctx)
	}
	return result, err
}

// sendOnce sends obj and records its location, unless another upload of the same content does. It
// closes obj. Meanwhile it previews obj, unless look already does.
func (p *Pipeline) sendOnce(ctx context.Context, job Job, obj *object, entry *journal.Entry, flights *Flights, look *looking, reports *reporter) (Result, error) {
	if look == nil {
		look = p.lookInSpool(ctx, job, obj)
	}
	defer func() {
		look.end()
		p.close(obj)
	}()
	var sealed []byte
	if entry != nil {
		var err error
		if sealed, err = obj.marshal(); err != nil {
			p.Client.Log.Warnf("Upload is not remembered: %v", err)
			entry = nil
		}
	}
	result, err := flights.do(ctx, identityOf(job, obj.Content), func() (Result, error) {
		known := entry.Host()
		ctx := ctx
		var tookMost func(host string)
		if entry != nil && (!job.RecordAtEnd || p.Journal.Strict()) {
			var fail context.CancelCauseFunc
			ctx, fail = context.WithCancelCause(ctx)
			defer fail(nil)
			tookMost = func(host string) {
				if obj.unrecorded || host != known {
					rec := recordOf(obj.Content, obj.note, sealed)
					rec.Host = host
					if err := entry.Begin(ctx, rec); err != nil {
						fail(err)
					}
				}
			}
		}
		resp, err := p.send(ctx, job, obj, reports, known, tookMost)
		if err != nil {
			if cause := context.Cause(ctx); errors.Is(cause, journal.ErrStore) {
				err = fmt.Errorf("failed to upload: %w", cause)
			}
			return Result{}, err
		}
		return Result{Content: obj.Content, Response: entry.Complete(resp)}, nil
	})
	if err != nil {
		return Result{}, err
	}
	if result.Shared {
		sealed = nil // the other upload sealed its own
	}
	result.Note = obj.note
	if entry != nil {
		entry.Done(ctx, recordOf(result.Content, obj.note, sealed), result.Response)
	}
	result.Look = p.wait(look)
	return result, nil
}

// known returns the result of an object that is assumed to be on the CDN still. It closes obj.
func (p *Pipeline) known(ctx context.Context, job Job, obj *object, resp *resume.Response, look *looking) Result {
	if look == nil {
		look = p.lookInSpool(ctx, job, obj)
	}
	defer func() {
		look.end()
		p.close(obj)
	}()
	result := Result{Content: obj.Content, Response: *resp, Note: obj.note, Look: p.wait(look)}
	result.Response.Resumed = true
	return result
}

func (p *Pipeline) close(obj *object) {
	if err := obj.Close(); err != nil {
		p.Client.Log.Warnf("Failed to remove a temporary file: %v", err)
	}
}

// takeTurn waits until another upload may start.
func (p *Pipeline) takeTurn(ctx context.Context) (end func(), err error) {
	if ctx.Err() != nil {
		return nil, fmt.Errorf("failed to upload: %w before the upload began", ctxerr.Of(ctx))
	}
	if p.Turns != nil && p.Turns.Acquire(ctx, 1) != nil {
		return nil, fmt.Errorf("failed to upload: %w while waiting for a turn", ctxerr.Of(ctx))
	}
	if p.Shared != nil && p.Shared.Acquire(ctx) != nil {
		p.endOwnTurn()
		return nil, fmt.Errorf("failed to upload: %w while waiting for a turn among all clients", ctxerr.Of(ctx))
	}
	return func() {
		if p.Shared != nil {
			p.Shared.Release()
		}
		p.endOwnTurn()
	}, nil
}

func (p *Pipeline) endOwnTurn() {
	if p.Turns != nil {
		p.Turns.Release(1)
	}
}
