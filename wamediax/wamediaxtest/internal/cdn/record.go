package cdn

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"
)

// Request implements Request of wamediaxtest.
type Request struct {
	Host   string // the CDN host, without port
	Method string
	Path   string // unescaped, without query
	Query  url.Values
	Header http.Header
	Proto  string // "HTTP/1.1" or "HTTP/2.0"
	Kind   Kind

	RemoteAddr string    // the client's address; the same for requests that share a connection
	Arrived    time.Time // when the server had read the request's header

	BodyBytes int64 // bytes read from the body
	// how many of them were discarded, because the server responded without them (see Status)
	Dropped   int64
	SentBytes int64 // bytes of the response's body
	Status    int   // of the response; 0 if none was sent

	Held bool // whether a fault is holding the request
	Done bool // whether the request is finished
}

// recorder records the requests to the CDN.
type recorder struct {
	received atomic.Int64
	waiters  atomic.Int64

	recordLock sync.Mutex
	records    []*record
	changed    chan struct{} // closed and replaced on every change
}

type record struct {
	request                  Request // except for:
	body, dropped, sentBytes atomic.Int64
}

func newRecorder() *recorder {
	return &recorder{changed: make(chan struct{})}
}

// Requests implements Server.Requests of wamediaxtest.
func (rec *recorder) Requests() []Request {
	rec.recordLock.Lock()
	defer rec.recordLock.Unlock()
	requests := make([]Request, len(rec.records))
	for i, r := range rec.records {
		requests[i] = r.request
		requests[i].BodyBytes = r.body.Load()
		requests[i].Dropped = r.dropped.Load()
		requests[i].SentBytes = r.sentBytes.Load()
	}
	return requests
}

// Received implements Server.Received of wamediaxtest.
func (rec *recorder) Received() int64 {
	return rec.received.Load()
}

// WaitFor implements Server.WaitFor of wamediaxtest.
func (rec *recorder) WaitFor(ctx context.Context, ready func([]Request) bool) error {
	rec.waiters.Add(1)
	defer rec.waiters.Add(-1)
	for {
		rec.recordLock.Lock()
		changed := rec.changed
		rec.recordLock.Unlock()
		requests := rec.Requests()
		if ready(requests) {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("still waiting after %d requests: %w", len(requests), context.Cause(ctx))
		}
	}
}

func (rec *recorder) startRecord(x *exchange) *record {
	r := &record{request: Request{
		Host:   x.host,
		Method: x.r.Method,
		Path:   x.r.URL.Path,
		Query:  x.route.query,
		Header: x.r.Header,
		Proto:  x.r.Proto,
		Kind:   x.route.kind,

		RemoteAddr: x.r.RemoteAddr,
		Arrived:    time.Now(),
	}}
	rec.change(func() { rec.records = append(rec.records, r) })
	return r
}

func (rec *recorder) endRecord(r *record) {
	rec.change(func() { r.request.Done, r.request.Held = true, false })
}

func (rec *recorder) setHeld(r *record, held bool) {
	rec.change(func() { r.request.Held = held })
}

func (rec *recorder) setStatus(r *record, status int) {
	rec.change(func() { r.request.Status = status })
}

func (rec *recorder) took(r *record, n int64, dropped bool) {
	if dropped {
		r.dropped.Add(n)
	}
	r.body.Add(n)
	rec.received.Add(n)
	rec.progress()
}

func (rec *recorder) sent(r *record, n int64) {
	r.sentBytes.Add(n)
	rec.progress()
}

// progress wakes waiters, if there are any. It is cheap otherwise, because bytes arrive very often.
func (rec *recorder) progress() {
	if rec.waiters.Load() > 0 {
		rec.change(func() {})
	}
}

func (rec *recorder) change(do func()) {
	rec.recordLock.Lock()
	defer rec.recordLock.Unlock()
	do()
	close(rec.changed)
	rec.changed = make(chan struct{})
}
