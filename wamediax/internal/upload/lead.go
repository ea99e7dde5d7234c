package upload

import "github.com/wamediax/whatsmeow-ext/wamediax/resume"

// lead finds out which host has taken most of an object. After a restart the upload begins there, since it may be the only
// host that holds anything.
type lead struct {
	tell func(host string) // is told of each new leader; nil: nobody wants to know

	leader string
	most   int64  // bytes that it has taken
	inUse  string // the host of the attempt
}

// watching returns a progress function that also watches the lead. It is nil where nobody wants to know anything.
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

// taken notes how much of the object the host in use has.
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
