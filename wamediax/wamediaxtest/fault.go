package wamediaxtest

import "github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest/internal/cdn"

// Kind is a set of kinds of CDN requests. Its String method names them, for example
// "Uploads|Probes".
type Kind = cdn.Kind

// The kinds of requests. To simulate a service without live uploads, inject a [Fault] On LiveChunks
// with Times -1 that does Status(404).
const (
	Uploads    Kind = cdn.Uploads    // POST with an object or a part of one
	Probes     Kind = cdn.Probes     // POST with resume=1
	Downloads  Kind = cdn.Downloads  // GET and HEAD
	Deletes    Kind = cdn.Deletes    // DELETE
	LiveChunks Kind = cdn.LiveChunks // POST with stream=1 and a chunk of a live upload
	LiveEnds   Kind = cdn.LiveEnds   // POST with stream=1 and final_hash, which ends a live upload
)

// Fault makes the server misbehave on some CDN requests.
type Fault struct {
	On    Kind   // the affected requests; 0 means all
	Skip  int    // how many of them are served normally first
	Times int    // how many are affected then; 0: one, negative: all until ClearFaults
	Do    Effect // what happens to them
}

// Inject adds a fault for the next requests to a host, named without port. "" means every host.
//
// Faults form a queue. A request is affected by at most one fault: the first injected fault that
// matches its host and kind and has nothing left to skip. Matching faults before that one count the
// request as skipped; faults behind it do not see the request. A malformed request, or one with a
// refused auth token, is not counted by any fault.
func (s *Server) Inject(host string, f Fault) {
	s.cdn.Inject(host, cdn.Fault(f))
}

// ClearFaults removes all faults, including those of messages. Requests and answers that a fault is
// already holding back stay held.
func (s *Server) ClearFaults() {
	s.cdn.ClearFaults()
	s.chat.ClearMessageFaults()
}
