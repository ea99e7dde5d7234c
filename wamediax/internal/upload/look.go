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

// Look previews a source during its upload. It runs in a separate goroutine, and may panic or hang.
// It may read src until its context ends. Its result is in the upload's Result.
type Look func(ctx context.Context, src io.ReaderAt, size int64) any

// errLookEnded is what a Look reads if it does not stop with its context.
var errLookEnded = errors.New("the upload has ended")

// looking is a running Look. A nil *looking has no result.
type looking struct {
	ctx    context.Context
	cancel context.CancelFunc
	src    *lease
	found  chan any
}

// lookInPlace starts job's Look if the source can be read in place.
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

// lookInSpool starts job's Look on a spooled object, which is decrypted as it is read.
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

// LookAt runs job's Look without an upload, if the source can be read in place.
func (p *Pipeline) LookAt(ctx context.Context, job Job) any {
	l := p.lookInPlace(ctx, job)
	defer l.end()
	return p.wait(l)
}

func (p *Pipeline) look(ctx context.Context, job Job, src io.ReaderAt, size int64) *looking {
	l := &looking{src: &lease{src: src}, found: make(chan any, 1)}
	l.ctx, l.cancel = context.WithTimeoutCause(ctx, job.LookTimeout, fmt.Errorf("previewer took more than %v", job.LookTimeout))
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

// lookGrace is how long a Look may take to return after its context has ended.
const lookGrace = time.Second

// wait returns the result of l, or nil if it does not return in time. It is called after the rest
// of the upload.
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
		p.Client.Log.Warnf("Failed to preview: the previewer did not return: %v", context.Cause(l.ctx))
		return nil
	}
}

// end revokes access to the source. It waits for a read in progress.
func (l *looking) end() {
	if l == nil {
		return
	}
	l.cancel()
	l.src.end()
}

// lease is a source whose access can be revoked.
type lease struct {
	mu  sync.RWMutex
	src io.ReaderAt // nil once revoked, so that a Look that never returns does not keep it in memory
}

func (l *lease) ReadAt(p []byte, offset int64) (int, error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if l.src == nil {
		return 0, errLookEnded
	}
	return l.src.ReadAt(p, offset)
}

func (l *lease) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.src = nil
}
