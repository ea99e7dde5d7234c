package wamediaxtest

import (
	"slices"
	"strings"
	"sync"
)

// Kind is a set of kinds of requests to the CDN.
type Kind int

// The kinds of requests. A service that knows no live uploads is a [Fault] On LiveChunks, Times -1, that does Status(404).
const (
	Uploads    Kind = 1 << iota // POST with an object or a part of one
	Probes                      // POST with resume=1
	Downloads                   // GET and HEAD
	Deletes                     // DELETE
	LiveChunks                  // POST with stream=1 and a chunk of a live upload
	LiveEnds                    // POST with stream=1 and final_hash, which ends a live upload
)

var kindNames = []string{"Uploads", "Probes", "Downloads", "Deletes", "LiveChunks", "LiveEnds"}

// String names the kinds, "Uploads|Probes" for example.
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

// Fault is a misbehaviour of the server, limited to some requests.
type Fault struct {
	On    Kind   // the requests that it is for; 0: all
	Skip  int    // how many of them pass unharmed first
	Times int    // how many it strikes then; 0 means 1, a negative number: all until ClearFaults
	Do    Effect // what happens to them
}

// faultQueue holds the faults that are still to strike, in the order of their injection.
type faultQueue struct {
	faultLock sync.Mutex
	faults    []*pendingFault
}

type pendingFault struct {
	Fault
	host string
}

// Inject makes the server misbehave on the next requests to a host (by name, without port; "" is every host).
//
// Several faults queue: each request is struck by at most one, the first in order of injection that is for its host and
// kind and has nothing left to skip. A fault that is passed over because of Skip has counted the request; one behind a
// fault that struck has not. Requests that the server refuses anyway, for their form or their auth token, count nowhere.
func (q *faultQueue) Inject(host string, f Fault) {
	if f.Times == 0 {
		f.Times = 1
	}
	q.faultLock.Lock()
	defer q.faultLock.Unlock()
	q.faults = append(q.faults, &pendingFault{Fault: f, host: hostName(host)})
}

// ClearFaults makes the server behave from the next request on. Requests that a fault holds stay held.
func (q *faultQueue) ClearFaults() {
	q.faultLock.Lock()
	defer q.faultLock.Unlock()
	q.faults = nil
}

// nextEffect takes what strikes the next request of that kind to that host out of the queue.
func (q *faultQueue) nextEffect(host string, kind Kind) Effect {
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
			return f.Do
		}
	}
	return Effect{}
}
