package cdn

import (
	"slices"
	"strings"
	"sync"
)

// Kind implements Kind of wamediaxtest.
type Kind int

// The kinds of requests.
const (
	Uploads    Kind = 1 << iota // POST with an object or a part of one
	Probes                      // POST with resume=1
	Downloads                   // GET and HEAD
	Deletes                     // DELETE
	LiveChunks                  // POST with stream=1 and a chunk of a live upload
	LiveEnds                    // POST with stream=1 and final_hash, which ends a live upload
)

var kindNames = []string{"Uploads", "Probes", "Downloads", "Deletes", "LiveChunks", "LiveEnds"}

// String returns the kinds' names, for example "Uploads|Probes".
func (k Kind) String() string {
	var names []string
	for i, name := range kindNames {
		if k&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	if names == nil {
		return "none"
	}
	return strings.Join(names, "|")
}

// Fault implements Fault of wamediaxtest.
type Fault struct {
	On    Kind   // the requests it applies to; 0 for all
	Skip  int    // how many of them to skip first
	Times int    // how many of them it affects; 0 means 1, negative means all until ClearFaults
	Do    Effect // the effect on them
}

// faultQueue holds the pending faults in the order of injection.
type faultQueue struct {
	faultLock sync.Mutex
	faults    []*pendingFault
}

type pendingFault struct {
	Fault
	host string
}

// Inject implements Server.Inject of wamediaxtest.
func (q *faultQueue) Inject(host string, f Fault) {
	if f.Times == 0 {
		f.Times = 1
	}
	q.faultLock.Lock()
	defer q.faultLock.Unlock()
	q.faults = append(q.faults, &pendingFault{Fault: f, host: hostName(host)})
}

// ClearFaults implements Server.ClearFaults of wamediaxtest.
func (q *faultQueue) ClearFaults() {
	q.faultLock.Lock()
	defer q.faultLock.Unlock()
	q.faults = nil
}

// nextEffect returns the effect on the next request of that kind to that host, and removes it from
// the queue if it is used up.
func (q *faultQueue) nextEffect(host string, kind Kind) (_ Effect, struck bool) {
	q.faultLock.Lock()
	defer q.faultLock.Unlock()
	for i, f := range q.faults {
		switch {
		case f.host != "" && f.host != host, f.On != 0 && f.On&kind == 0:
		case f.Skip > 0:
			f.Skip--
		default:
			if f.Times--; f.Times == 0 {
				q.faults = slices.Delete(q.faults, i, i+1)
			}
			return f.Do, true
		}
	}
	return Effect{}, false
}
