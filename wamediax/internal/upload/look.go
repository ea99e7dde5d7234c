package upload

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/wamediax/whatsmeow-ext/wamediax/internal/source"
	"github.com/wamediax/whatsmeow-ext/wamediax/streamenc"
)

// Look finds out what people see of a source, beside its upload. It is called in a goroutine of its own, may panic or never
// return, and has src until its context ends. What it returns is in the upload's Result.
type Look func(ctx context.Context, src io.ReaderAt, size int64) any

// errLookEnded is what a Look reads that did not stop with its context.
var errLookEnded = errors.New("the upload has ended")

// looking is a Look at work. A nil *looking has found nothing.
type looking struct {
	ctx    context.Context
	cancel context.CancelFunc
	src    *lease
	found  chan any
}

// lookInPlace has job's source looked at, if it can be read in place.
func (p *Pipeline) lookInPlace(ctx context.Context, job Job) *looking {
	if job.Look == nil || job.Scratch != nil {
		return nil
	}
	section, ok := source.InPlace(job.Source)
	if !ok {
		return nil
	}
	return p.look(ctx, job, section, section.Size())
}

// lookInSpool has the plaintext of a stream looked at whose object was kept. It is decrypted as it is read.
func (p *Pipeline) lookInSpool(ctx context.Context, job Job, obj *object) *looking {
	section, ok := obj.body.(source.Section)
	if job.Look == nil || job.Scratch != nil || !ok {
		return nil
	}
	if !job.Dest.encrypted {
		return p.look(ctx, job, section, section.Size())
	}
	plain, err := streamenc.NewReaderAt(section, section.Size(), obj.Info.MediaKey, job.MediaType)
	if err != nil {
		p.Client.Log.Warnf("Failed to preview: failed to decrypt the spool: %v", err)
		return nil
	}
	return p.look(ctx, job, plain, plain.Size())
}

// LookAt has job's source looked at without an upload, if it can be read in place.
func (p *Pipeline) LookAt(ctx context.Context, job Job) any {
	l := p.lookInPlace(ctx, job)
	defer l.end()
	return p.wait(l)
}

func (p *Pipeline) look(ctx context.Context, job Job, src io.ReaderAt, size int64) *looking {
	l := &looking{src: &lease{src: src}, found: make(chan any, 1)}
	l.ctx, l.cancel = context.WithTimeoutCause(ctx, job.LookTimeout, fmt.Errorf("the previewer takes more than %v", job.LookTimeout))
	watched := source.WatchAt(l.ctx, l.src, nil)
	go func() {
		var found any
		returned := false
		defer func() {
			if panicked := recover(); panicked != nil {
				p.Client.Log.Warnf("Failed to preview: the previewer panicked: %v", panicked)
			} else if !returned {
				p.Client.Log.Warnf("Failed to preview: the previewer ended its goroutine")
			}
			l.found <- found
		}()
		result := job.Look(l.ctx, watched, size)
		found, returned = result, true
	}()
	return l
}

// lookGrace is how long a Look has to return with what it has once its time is over.
const lookGrace = time.Second

// wait returns what was found, once the rest of the upload is done. It does not wait for ever.
func (p *Pipeline) wait(l *looking) any {
	if l == nil {
		return nil
	}
	select {
	case found := <-l.found:
		return found
	case <-l.ctx.Done():
	}
	grace := time.NewTimer(lookGrace)
	defer grace.Stop()
	select {
	case found := <-l.found:
		return found
	case <-grace.C:
		p.Client.Log.Warnf("Failed to preview: the previewer does not return: %v", context.Cause(l.ctx))
		return nil
	}
}

// end takes the source away. It waits for a read of it that is under way.
func (l *looking) end() {
	if l == nil {
		return
	}
	l.cancel()
	l.src.end()
}

// lease is a source that can be taken back.
type lease struct {
	mu    sync.RWMutex
	src   io.ReaderAt
	ended bool
}

func (l *lease) ReadAt(p []byte, offset int64) (int, error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if l.ended {
		return 0, errLookEnded
	}
	return l.src.ReadAt(p, offset)
}

func (l *lease) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ended = true
}
