package fetch

import "github.com/wamediax/whatsmeow-ext/wamediax/internal/throttle"

// Progress is one report on a download.
type Progress struct {
	Done    int64  // bytes of the object on the host, which is a little larger than the file; for Open, the reading position
	Total   int64  // bytes; 0 as long as no host has said it
	Host    string // in use
	Attempt int    // 1 for the first
	Resumed bool   // an earlier attempt gave some of the object
}

// reporter makes progress reports, no more than a person can read.
type reporter struct {
	report func(Progress) // nil: nobody reads them
	now    Progress
	throttle.Throttle
}

// attempt begins the reports of an attempt. A total below zero is not known.
func (r *reporter) attempt(host string, number int, offset, total int64) {
	r.now = Progress{Done: offset, Total: max(0, total), Host: host, Attempt: number, Resumed: r.now.Resumed || number > 1 && offset > 0}
	r.Restart()
	r.tell(false)
}

// done reports how far the attempt is.
func (r *reporter) done(done, total int64) {
	r.now.Done, r.now.Total = done, max(0, total)
	r.tell(done == total)
}

func (r *reporter) tell(last bool) {
	if r.report != nil && r.Pass(last) {
		r.report(r.now)
	}
}
