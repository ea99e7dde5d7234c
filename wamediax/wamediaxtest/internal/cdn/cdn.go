package cdn

import (
	"net/http"
	"sync"
	"time"
)

// CDN is the HTTPS half of the service: it takes uploads, answers probes, serves downloads, and
// misbehaves on command. The request's Host, without port, names the CDN host that is spoken to;
// every name is served.
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

// Close breaks every request that is still under way, those that a fault holds included, and every
// later one at once. It does not wait for them. Closing twice does no harm.
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
		// Frees a handler that waits for a client which neither sends nor reads. A failure means
		// that it has gone already.
		_ = x.control.SetReadDeadline(past)
		_ = x.control.SetWriteDeadline(past)
	}
}

// ServeHTTP answers one request to a CDN host.
//
// The order in which a request is judged: its form (400, 404, 405), its auth token (401, or as
// [CDN.RefuseTokensWith] said; downloads need none), the injected faults, the limit of its size,
// and then the object that it is about. So a fault is never used up by a request that would not have been let in anyway.
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

// exchange is one request and what becomes of it.
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

// cut ends the exchange without a word: over HTTP/1.1 the TCP connection breaks, over HTTP/2 the
// stream is reset.
func (x *exchange) cut() {
	panic(http.ErrAbortHandler)
}

// hold answers nothing until the client has gone or the server closes, and then cuts.
//
// Over HTTP/1.1 a server that does not read the body cannot notice that the client has gone: not
// even the end of the connection passes a full receive buffer. There the next request about the
// same object ends it as well.
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

// holdAfterBody is hold, but reads and drops what the client still sends of its body.
func (x *exchange) holdAfterBody() {
	x.cdn.setHeld(x.record, true)
	_ = x.drop() // an error ends hold too
	x.hold()
}

// waitFor waits for ch, and cuts the exchange when the client leaves or the server closes before.
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
