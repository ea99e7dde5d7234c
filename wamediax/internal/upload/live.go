package upload

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/wamediax/whatsmeow-ext/wamediax/internal/ctxerr"
	"github.com/wamediax/whatsmeow-ext/wamediax/internal/source"
	"github.com/wamediax/whatsmeow-ext/wamediax/resume"
	"github.com/wamediax/whatsmeow-ext/wamediax/streamenc"
)

// livePiece is how many bytes of a live source are encrypted at a time.
const livePiece = 64 << 10

// LiveJob is a Job whose source is sent while it is produced. It does not use the journal.
type LiveJob struct {
	Job
	Chunk    int64 // size of a chunk in bytes, a multiple of 16
	Fallback bool  // continue as an ordinary upload if hosts do not accept live ones
}

// Live encrypts job's source and sends it at the same time.
func (p *Pipeline) Live(ctx context.Context, job LiveJob) (Result, error) {
	endTurn, err := p.takeTurn(ctx)
	if err != nil {
		return Result{}, err
	}
	defer endTurn()
	reports := &reporter{report: job.Progress}
	obj := &object{Content: Content{KeyMade: time.Now().Truncate(time.Second)}, Closer: nothing{}}
	// sending uses the other CPUs
	enc, err := streamenc.NewEncryptor(job.MediaType, append(job.encryption(job.MediaKey), streamenc.WithParallelism(1))...)
	if err != nil {
		return Result{}, fmt.Errorf("failed to encrypt: %w", err)
	}
	out := newLiveWriter(ctx, enc, p.begin(job, reports), job, p.SpoolMemory)
	defer out.stop()

	if err := out.readFrom(ctx, job, obj, reports); err != nil {
		return Result{}, err
	}
	if obj.Info, err = out.finish(); err != nil {
		return Result{}, err
	}
	total := streamenc.EncryptedSize(obj.Info.FileLength)
	if out.spool == nil {
		resp, err := out.live.Finish(ctx, obj.Info.FileEncSHA256)
		if err == nil {
			reports.done(Uploading, total, total)
			p.learn(job.Dest, resp)
			return Result{Content: obj.Content, Response: resp}, nil
		}
		if ctx.Err() != nil || !out.canDoWithout(err) {
			return Result{}, err
		}
		if out.fallBack(err); out.err != nil {
			return Result{}, out.err
		}
	}
	p.Client.Log.Warnf("Live upload continues as an ordinary one: %v", out.refusal)
	obj.body = source.NewSection(out.spool, total)
	resp, err := p.send(ctx, job.Job, obj, reports, "", nil)
	if err != nil {
		return Result{}, err
	}
	resp.Sent += out.live.Sent()
	return Result{Content: obj.Content, Response: resp}, nil
}

// readFrom copies job's source to out.
func (out *liveWriter) readFrom(ctx context.Context, job LiveJob, obj *object, reports *reporter) error {
	head := new(source.Head)
	watched := source.Watch(out.ctx, job.Source, func(read int64) {
		if out.spool != nil {
			reports.done(Encrypting, read, 0)
		}
	})
	_, err := io.CopyBuffer(out, io.TeeReader(watched, head), make([]byte, livePiece))
	obj.Mimetype = head.Mimetype()
	if out.ctx.Err() != nil {
		out.settle() // the reading ended because a chunk failed
	}
	switch {
	case ctx.Err() != nil && !errors.Is(out.err, ctx.Err()):
		return fmt.Errorf("failed to upload: %w while reading the source", ctxerr.Of(ctx))
	case out.err != nil: // if ctx has ended, it includes the hosts' responses
		return out.err
	case err != nil:
		return fmt.Errorf("failed to read: %w", err)
	}
	return nil
}

// begin starts a live upload to job's destination.
func (p *Pipeline) begin(job LiveJob, reports *reporter) *resume.Live {
	var progress func(sent int64)
	if reports.report != nil {
		progress = func(sent int64) { reports.done(Uploading, sent, 0) }
	}
	path, coarse := p.paths(job.Dest)
	return p.uploader(job.Job, "").Live(resume.LiveObject{
		Path:       path,
		CoarsePath: coarse,
		OnAttempt: func(a resume.Attempt) {
			if a.After != nil {
				p.Client.Log.Warnf("Live upload continues with attempt %d at byte %d on %s after: %v", a.Number, a.Offset, a.Host, a.After)
			}
			reports.attempt(a, 0)
		},
		Progress: progress,
	})
}
