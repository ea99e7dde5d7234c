package upload

import "github.com/wamediax/whatsmeow-ext/wamediax/resume"

// lead tracks which host has received most of an object. After a restart the upload starts with
// that host, which may be the only one that holds part of it.
type lead struct {
	tell func(host string) // called with each new leader; may be nil

	leader string
	most   int64  // bytes that it has received
	inUse  string // the host of the attempt
}

// watching returns a progress function that also updates the lead, or report if there is no tell
// function.
func (l *lead) watching(report func(sent, total int64)) func(sent, total int64) {
	if l.tell == nil {
		return report
	}
	return func(sent, total int64) {
		l.taken(sent)
		if report != nil {
			report(sent, total)
		}
	}
}

func (l *lead) attempt(a resume.Attempt) {
	if l.tell == nil {
		return
	}
	l.inUse = a.Host
	if l.leader == "" {
		l.lead(a.Offset)
	}
}

// taken records how many bytes the current host has received.
func (l *lead) taken(bytes int64) {
	switch {
	case l.inUse == l.leader:
		l.most = max(l.most, bytes)
	case l.inUse != "" && bytes > l.most:
		l.lead(bytes)
	}
}

func (l *lead) lead(bytes int64) {
	l.leader, l.most = l.inUse, bytes
	l.tell(l.leader)
}
