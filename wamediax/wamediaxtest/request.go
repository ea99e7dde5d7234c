package wamediaxtest

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest/internal/cdn"
)

// Request is what the server's CDN noted of one request. Query and Header are shared by all copies:
// do not modify them.
type Request struct {
	Host   string // the CDN host, without port
	Method string
	Path   string // without query, unescaped
	Query  url.Values
	Header http.Header
	Proto  string // "HTTP/1.1" or "HTTP/2.0"
	Kind   Kind

	RemoteAddr string    // the client's end of the connection: the same for requests that share one
	Arrived    time.Time // when the server had read the request's header

	BodyBytes int64 // bytes that the server has read off the body
	Dropped   int64 // how many of them it did not look at: it had answered without them, or was about to (see Status)
	SentBytes int64 // bytes of the answer's body
	Status    int   // of the answer; 0: none was sent

	Held bool // it is under way, and a fault keeps it waiting
	Done bool // it is over
}

// Requests returns every request to the CDN so far, in the order of their arrival. Those that are
// under way are there with what is known of them until now (Done is false). An ordinary request is
// Done before the client has its answer; after a download, a HugeAnswer, a FalseSuccess or the
// early refusal of a large body that can come a moment later: use WaitFor there.
func (s *Server) Requests() []Request {
	return exportRequests(s.cdn.Requests())
}

// Received returns how many bytes the CDN has read off the bodies of all requests: the sum of their
// BodyBytes.
func (s *Server) Received() int64 {
	return s.cdn.Received()
}

// WaitFor returns nil as soon as ready says true of the requests so far, and an error that wraps
// the cause of ctx's end if that comes first. It looks again whenever a request comes in, moves on
// or ends, so that no test has to sleep or to poll. ready gets what [Server.Requests] returns.
func (s *Server) WaitFor(ctx context.Context, ready func([]Request) bool) error {
	return s.cdn.WaitFor(ctx, func(requests []cdn.Request) bool { return ready(exportRequests(requests)) })
}

func exportRequests(noted []cdn.Request) []Request {
	requests := make([]Request, len(noted))
	for i, request := range noted {
		requests[i] = Request(request)
	}
	return requests
}
