package upload

import (
	"sync"

	"github.com/wamediax/whatsmeow-ext/wamediax/internal/throttle"
	"github.com/wamediax/whatsmeow-ext/wamediax/resume"
)

// Stage says what an upload is doing.
type Stage int

const (
	Encrypting Stage = iota // the source is read for the first time; where nothing is encrypted, only hashed
	Uploading               // bytes of the object go to a host
)

// Progress is one report on a transfer.
type Progress struct {
	Stage   Stage
	Done    int64  // bytes: of the source while encrypting, else of the object
	Total   int64  // bytes; 0 where nobody knows yet (a plain stream that is being encrypted, a live upload)
	Host    string // in use; "" while encrypting
	Attempt int    // 1 for the first; 0 while encrypting
	Resumed bool   // the host held some of the object already
}

// reporter thins reports out for a person to read.
type reporter struct {
	report func(Progress) // nil: nobody reads them

	mu  sync.Mutex
	now Progress
	throttle.Throttle
}

// attempt begins a new row of upload reports.
func (r *reporter) attempt(a resume.Attempt, total int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.now = Progress{Stage: Uploading, Done: a.Offset, Total: total, Host: a.Host, Attempt: a.Number, Resumed: r.now.Resumed || a.Offset > 0}
	r.Restart()
	r.tell(false)
}

// done sets how far the stage is.
func (r *reporter) done(stage Stage, done, total int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if stage != r.now.Stage {
		r.now = Progress{Stage: stage}
		r.Restart()
	}
	r.now.Done, r.now.Total = done, total
	r.tell(done == total)
}

// sending returns what an upload in one piece reports to; nil if nobody reads the reports, which saves the upload a goroutine.
func (r *reporter) sending() func(sent, total int64) {
	if r.report == nil {
		return nil
	}
	return func(sent, total int64) { r.done(Uploading, sent, total) }
}

func (r *reporter) tell(last bool) {
	if r.report != nil && r.Pass(last) {
		r.report(r.now)
	}
}
