package wamediaxtest

import "github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest/internal/cdn"

// Kind is a set of kinds of requests to the CDN. Its String method names them, "Uploads|Probes" for
// example.
type Kind = cdn.Kind

// The kinds of requests. A service that knows no live uploads is a [Fault] On LiveChunks, Times -1,
// that does Status(404).
const (
	Uploads    Kind = cdn.Uploads    // POST with an object or a part of one
	Probes     Kind = cdn.Probes     // POST with resume=1
	Downloads  Kind = cdn.Downloads  // GET and HEAD
	Deletes    Kind = cdn.Deletes    // DELETE
	LiveChunks Kind = cdn.LiveChunks // POST with stream=1 and a chunk of a live upload
	LiveEnds   Kind = cdn.LiveEnds   // POST with stream=1 and final_hash, which ends a live upload
)

// Fault is a misbehaviour of the server, limited to some requests.
type Fault struct {
	On    Kind   // the requests that it is for; 0: all
	Skip  int    // how many of them pass unharmed first
	Times int    // how many it strikes then; 0 means 1, a negative number: all until ClearFaults
	Do    Effect // what happens to them
}

// Inject makes the server misbehave on the next requests to a host (by name, without port; "" is
// every host).
//
// Several faults queue: each request is struck by at most one, the first in order of injection that
// is for its host and kind and has nothing left to skip. A fault that is passed over because of
// Skip has counted the request; one behind a fault that struck has not. Requests that the server
// refuses anyway, for their form or their auth token, count nowhere.
func (s *Server) Inject(host string, f Fault) {
	s.cdn.Inject(host, cdn.Fault(f))
}

// ClearFaults makes the server behave from the next request and the next message on. Requests and
// acknowledgements that a fault holds stay held.
func (s *Server) ClearFaults() {
	s.cdn.ClearFaults()
	s.chat.ClearMessageFaults()
}
