package wamediaxtest

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest/internal/cdn"
)

// Request is the CDN's record of one request. All copies share Query and Header: do not modify
// them.
type Request struct {
	Host   string // the CDN host, without port
	Method string
	Path   string // without query, unescaped
	Query  url.Values
	Header http.Header
	Proto  string // "HTTP/1.1" or "HTTP/2.0"
	Kind   Kind

	RemoteAddr string    // the client's address; requests on the same connection have the same one
	Arrived    time.Time // when the server had read the request's header

	BodyBytes int64 // bytes of the request body that the server has read
	Dropped   int64 // how many of them it discarded, because its answer did not depend on them
	SentBytes int64 // bytes of the response body
	Status    int   // of the response; 0 if none was sent

	Held bool // a fault is holding the request
	Done bool // the request has ended
}

// Requests returns every CDN request so far, in order of arrival, including those in progress,
// whose Done is false. An ordinary request is Done before the client has the whole response. A
// download, a [HugeAnswer], a [FalseSuccess] or an early refusal of a large body may become Done a
// moment later: use [Server.WaitFor] for these.
func (s *Server) Requests() []Request {
	return exportRequests(s.cdn.Requests())
}

// Received returns how many bytes of request bodies the CDN has read: the sum of all BodyBytes.
func (s *Server) Received() int64 {
	return s.cdn.Received()
}

// WaitFor waits until ready returns true, so that tests need neither sleep nor poll. It calls ready
// with the result of [Server.Requests] now and after every change of a request. If ctx ends first,
// WaitFor returns an error that wraps the cause.
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
