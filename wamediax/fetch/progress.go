package fetch

import "github.com/wamediax/whatsmeow-ext/wamediax/internal/throttle"

// Progress is one progress report of a download.
type Progress struct {
	// bytes of the object on the host, which is slightly larger than the file; for Open, the
	// position
	Done    int64
	Total   int64  // bytes; 0: not known yet
	Host    string // in use
	Attempt int    // 1 for the first
	Resumed bool   // an earlier attempt received a part of the object
}

// reporter limits the rate of progress reports.
type reporter struct {
	report func(Progress) // nil: do not report
	now    Progress
	throttle.Throttle
}

// attempt reports the start of an attempt. A negative total is not known.
func (r *reporter) attempt(host string, number int, offset, total int64) {
	r.now = Progress{Done: offset, Total: max(0, total), Host: host, Attempt: number, Resumed: r.now.Resumed || number > 1 && offset > 0}
	r.Restart()
	r.tell(false)
}

// done reports the progress of the attempt.
func (r *reporter) done(done, total int64) {
	r.now.Done, r.now.Total = done, max(0, total)
	r.tell(done == total)
}

func (r *reporter) tell(last bool) {
	if r.report != nil && r.Pass(last) {
		r.report(r.now)
	}
}
