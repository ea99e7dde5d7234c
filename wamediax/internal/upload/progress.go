package upload

import (
	"sync"

	"github.com/wamediax/whatsmeow-ext/wamediax/internal/throttle"
	"github.com/wamediax/whatsmeow-ext/wamediax/resume"
)

// Stage is what an upload is currently doing.
type Stage int

const (
	Encrypting Stage = iota // reading the source for the first time, to encrypt or only to hash it
	Uploading               // sending the object to a host
)

// Progress is a report on an upload.
type Progress struct {
	Stage   Stage
	Done    int64  // bytes of the source while encrypting, otherwise of the object
	Total   int64  // bytes; 0 if not known yet (a plain stream while encrypting, a live upload)
	Host    string // in use; "" while encrypting
	Attempt int    // 1 for the first; 0 while encrypting
	Resumed bool   // the host already held part of the object
}

// reporter limits the rate of reports.
type reporter struct {
	report func(Progress) // may be nil

	mu  sync.Mutex
	now Progress
	throttle.Throttle
}

// attempt starts the reports of an attempt.
func (r *reporter) attempt(a resume.Attempt, total int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.now = Progress{Stage: Uploading, Done: a.Offset, Total: total, Host: a.Host, Attempt: a.Number, Resumed: r.now.Resumed || a.Offset > 0}
	r.Restart()
	r.tell(false)
}

// done reports how much of the stage is done.
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

// sending returns the progress function of an upload, or nil without a report function, which saves
// the upload a goroutine.
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
