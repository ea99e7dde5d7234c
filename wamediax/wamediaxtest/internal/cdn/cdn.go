package cdn

import (
	"net/http"
	"sync"
	"time"
)

// CDN is the HTTPS half of the service: it accepts uploads, answers probes, serves downloads, and
// fails on demand. The request's Host, without port, is the name of the CDN host. It serves every
// name.
type CDN struct {
	*recorder
	faultQueue
	tokenBook
	policy
	*objectStore

	done chan struct{} // closed by Close

	activeLock sync.Mutex
	closed     bool
	active     map[*exchange]struct{}
	stalled    map[objectKey]map[chan struct{}]struct{}
}

func New() *CDN {
	return &CDN{
		recorder:    newRecorder(),
		objectStore: newObjectStore(),
		done:        make(chan struct{}),
		active:      make(map[*exchange]struct{}),
		stalled:     make(map[objectKey]map[chan struct{}]struct{}),
	}
}

// Close aborts every request in progress, including those that a fault holds, and every later one
// immediately. It does not wait for them. It may be called twice.
func (c *CDN) Close() {
	c.activeLock.Lock()
	defer c.activeLock.Unlock()
	if c.closed {
		return
	}
	c.closed = true
	close(c.done)
	past := time.Unix(1, 0)
	for x := range c.active {
		// This unblocks a handler whose client neither sends nor reads. An error means that the
		// connection is gone already.
		_ = x.control.SetReadDeadline(past)
		_ = x.control.SetWriteDeadline(past)
	}
}

// ServeHTTP answers one request to a CDN host.
//
// It checks the request's form first (400, 404, 405), then its auth token (401, or as set by
// [CDN.RefuseTokensWith]; downloads need none), the injected faults, the size limit, and finally
// the object. So a request that would be rejected anyway never consumes a fault.
func (c *CDN) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	route, refusal := parseRoute(r, c.speaks())
	x := c.begin(w, r, route)
	defer x.end()

	if refusal != nil {
		x.answerEarly(*refusal)
		return
	}
	if route.kind != Downloads {
		if status := c.checkToken(route.query.Get("auth")); status != 0 {
			x.answerEarly(errorAnswer(status, "the auth token is not valid"))
			return
		}
		c.release(route.key)
	}

	var struck bool
	if x.effect, struck = c.nextEffect(x.host, route.kind); !struck {
		x.effect = c.limited(route, r.ContentLength)
	}
	if x.effect.takeOver != nil && (x.effect.kinds == 0 || x.effect.kinds&route.kind != 0) {
		x.effect.takeOver(x)
		return
	}
	if x.effect.early != nil {
		x.answerEarly(*x.effect.early)
		return
	}
	if x.effect.atLimit == cutAtLimit && x.effect.limit+x.effect.late <= 0 {
		x.cut()
	}
	switch route.kind {
	case Probes:
		x.probe()
	case Uploads, LiveChunks:
		x.upload()
	case LiveEnds:
		x.finishLive()
	case Downloads:
		x.download()
	case Deletes:
		x.remove()
	}
}

// exchange is a request and its response.
type exchange struct {
	cdn     *CDN
	w       http.ResponseWriter
	r       *http.Request
	control *http.ResponseController
	route   route
	host    string
	effect  Effect
	record  *record
}

func (c *CDN) begin(w http.ResponseWriter, r *http.Request, route route) *exchange {
	x := &exchange{cdn: c, w: w, r: r, control: http.NewResponseController(w), route: route, host: hostName(r.Host)}
	c.activeLock.Lock()
	defer c.activeLock.Unlock()
	if c.closed {
		panic(http.ErrAbortHandler)
	}
	c.active[x] = struct{}{}
	x.record = c.startRecord(x)
	return x
}

func (x *exchange) end() {
	x.cdn.activeLock.Lock()
	delete(x.cdn.active, x)
	x.cdn.activeLock.Unlock()
	x.cdn.endRecord(x.record)
}

// cut aborts the exchange: it breaks the TCP connection over HTTP/1.1, and resets the stream over
// HTTP/2.
func (x *exchange) cut() {
	panic(http.ErrAbortHandler)
}

// hold sends nothing until the client disconnects or the server closes, and then cuts.
//
// Over HTTP/1.1, a server that does not read the body cannot detect that the client has
// disconnected, because the receive buffer is full. There the next request for the same object also
// ends hold.
func (x *exchange) hold() {
	var released chan struct{}
	if x.r.ProtoMajor == 1 && x.route.kind&(Uploads|LiveChunks) != 0 {
		released = x.cdn.stall(x.route.key)
		defer x.cdn.unstall(x.route.key, released)
	}
	x.cdn.setHeld(x.record, true)
	select {
	case <-x.r.Context().Done():
	case <-x.cdn.done:
	case <-released:
	}
	x.cut()
}

// holdAfterBody is like hold, but reads and discards the rest of the client's body.
func (x *exchange) holdAfterBody() {
	x.cdn.setHeld(x.record, true)
	_ = x.drop() // after an error hold returns too
	x.hold()
}

// waitFor waits for ch. It cuts the exchange if the client disconnects or the server closes first.
func (x *exchange) waitFor(ch <-chan struct{}) {
	x.cdn.setHeld(x.record, true)
	select {
	case <-ch:
	case <-x.r.Context().Done():
		x.cut()
	case <-x.cdn.done:
		x.cut()
	}
	x.cdn.setHeld(x.record, false)
}

func (c *CDN) stall(key objectKey) chan struct{} {
	c.activeLock.Lock()
	defer c.activeLock.Unlock()
	released := make(chan struct{})
	if c.stalled[key] == nil {
		c.stalled[key] = make(map[chan struct{}]struct{})
	}
	c.stalled[key][released] = struct{}{}
	return released
}

func (c *CDN) unstall(key objectKey, released chan struct{}) {
	c.activeLock.Lock()
	defer c.activeLock.Unlock()
	delete(c.stalled[key], released)
	if len(c.stalled[key]) == 0 {
		delete(c.stalled, key)
	}
}

func (c *CDN) release(key objectKey) {
	c.activeLock.Lock()
	defer c.activeLock.Unlock()
	for released := range c.stalled[key] {
		close(released)
	}
	delete(c.stalled, key)
}
