package retry

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"

	"github.com/wamediax/whatsmeow-ext/wamediax/internal/socketwait"
)

// Requester asks a client's phone for media. Create one per client with [New] and keep it. It is
// safe for concurrent use.
type Requester struct {
	cli         *whatsmeow.Client
	line        *socketwait.Line
	timeout     time.Duration
	parallelism int
	pace        time.Duration
	reminder    bool
	addressing  types.AddressingMode

	handler uint32 // the event handler's id

	mu      sync.Mutex
	closed  bool
	breaker breaker
	pending map[types.MessageID][]*flight // active requests by message id
	running sync.WaitGroup                // goroutines of pending
}

// New returns a Requester for cli, whose socket may be down. It adds an event handler to cli, so it
// must not be called from one; Close removes the handler. If cli is nil, every request fails with
// whatsmeow.ErrClientIsNil.
func New(cli *whatsmeow.Client, opts ...Option) *Requester {
	r := &Requester{
		cli:         cli,
		line:        socketwait.New(cli),
		timeout:     defaultTimeout,
		parallelism: defaultParallelism,
		reminder:    true,
		breaker:     breaker{limit: defaultSilenceLimit, pause: defaultSilencePause},
		pending:     make(map[types.MessageID][]*flight),
	}
	for _, opt := range opts {
		if opt != nil {
			opt(r)
		}
	}
	if cli != nil {
		r.handler = cli.AddEventHandler(r.handle)
	}
	return r
}

// Close ends active requests with [ErrClosed], removes the event handler, and waits for the
// requester's goroutines. A write to a socket that accepts no data may remain; it ends with the
// connection. Later requests fail with ErrClosed. Calling Close again does nothing.
//
// Do not call Close from an event handler of the client, as whatsmeow cannot remove handlers while
// one runs. Use go r.Close() there.
func (r *Requester) Close() {
	if r.cli == nil {
		return
	}
	r.mu.Lock()
	r.closed = true
	handler := r.handler
	r.mu.Unlock()
	r.abandon(ErrClosed)
	r.cli.RemoveEventHandler(handler)
	r.running.Wait()
}

// Listen adds the event handler again after [whatsmeow.Client.RemoveEventHandlers] removed all
// handlers. Answers that arrive in between are lost.
func (r *Requester) Listen() {
	if r.cli == nil {
		return
	}
	handler := r.cli.AddEventHandler(r.handle) // without r.mu, which r.handle locks
	r.mu.Lock()
	old := r.handler
	if r.closed {
		old = handler
	} else {
		r.handler = handler
	}
	r.mu.Unlock()
	r.cli.RemoveEventHandler(old)
}

// Request asks the phone to upload a message's media again, and waits for the answer. If the phone
// no longer has the media, that is a [Result], not an error. A call for a message that is already
// being requested joins that request, and shares its answer and its timeout.
//
// If the socket is down, Request waits up to 30 s for the client to reconnect. After that, or if
// the client was disconnected on purpose, it returns whatsmeow.ErrNotConnected. If the socket
// breaks while Request waits for the answer, it sends the receipt again after the client has
// reconnected.
//
// If ctx ends, Request returns its cause. Other callers that wait for the same answer are not
// affected. Errors to test for: [ErrTimeout], [ErrNewsletter], [ErrKeySize], [ErrInvalidAnswer],
// [ErrClosed], [ErrInEventHandler], whatsmeow.ErrNotConnected and whatsmeow.ErrNotLoggedIn.
//
// After three requests in a row without an answer the phone is considered offline, and most
// requests fail at once with ErrTimeout: see [WithSilenceLimit].
//
// Do not call Request from an event handler of the client; start a goroutine instead. whatsmeow
// calls handlers one after the other, so the phone's answer would wait for that handler. A direct
// call returns [ErrInEventHandler]. A handler that waits for a goroutine that calls Request is not
// detected, and the request ends with ErrTimeout.
func (r *Requester) Request(ctx context.Context, req Request) (Result, error) {
	msg, err := r.examine(ctx, addressBook{cli: r.cli}, req)
	if err != nil {
		return Result{}, describe(err, req)
	}
	return r.ask(ctx, msg, req)
}

// describe adds the request to an error.
func describe(err error, req Request) error {
	return fmt.Errorf("failed to request the media of %s: %w", req, err)
}

// examine validates req and returns the message that it is about.
func (r *Requester) examine(ctx context.Context, names addressBook, req Request) (message, error) {
	if r.cli == nil {
		return message{}, whatsmeow.ErrClientIsNil
	}
	if ctx.Err() != nil {
		return message{}, context.Cause(ctx)
	}
	if inEventHandler() {
		return message{}, ErrInEventHandler
	}
	if err := req.check(); err != nil {
		return message{}, err
	}
	if r.cli.Store.GetJID().IsEmpty() {
		return message{}, whatsmeow.ErrNotLoggedIn
	}
	msg, err := names.message(ctx, req)
	if err != nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return msg, err
}

// ask joins or starts a request, and waits for its answer.
func (r *Requester) ask(ctx context.Context, msg message, req Request) (Result, error) {
	if ctx.Err() != nil {
		return Result{}, describe(context.Cause(ctx), req)
	}
	q, err := r.join(ctx, msg, req)
	if err != nil {
		return Result{}, describe(err, req)
	}
	select {
	case <-q.done:
		if q.err != nil {
			return Result{}, describe(q.err, req)
		}
		return q.result, nil
	case <-ctx.Done():
		r.leave(q)
		return Result{}, describe(context.Cause(ctx), req)
	}
}

// join adds the caller to an active request for the message, or starts one.
func (r *Requester) join(ctx context.Context, msg message, req Request) (*flight, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return nil, ErrClosed
	}
	for _, q := range r.pending[msg.id] {
		if q.message == msg && bytes.Equal(q.req.MediaKey, req.MediaKey) {
			q.waiting++
			return q, nil
		}
	}
	if err := r.breaker.ask(time.Now()); err != nil {
		return nil, err
	}
	q := newFlight(ctx, r, msg, req)
	r.pending[msg.id] = append(r.pending[msg.id], q)
	r.running.Go(q.run)
	return q, nil
}

// leave removes a caller from q. The last one cancels q and waits until it has ended.
func (r *Requester) leave(q *flight) {
	r.mu.Lock()
	q.waiting--
	last := q.waiting == 0
	if last {
		r.forget(q)
	}
	r.mu.Unlock()
	if last {
		q.cancel(context.Canceled)
		<-q.done
	}
}

// forget removes q from the active requests. The caller holds r.mu.
func (r *Requester) forget(q *flight) {
	rest := slices.DeleteFunc(r.pending[q.id], func(other *flight) bool { return other == q })
	if len(rest) == 0 {
		delete(r.pending, q.id)
	} else {
		r.pending[q.id] = rest
	}
}

// abandon cancels all active requests.
func (r *Requester) abandon(cause error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, flights := range r.pending {
		for _, q := range flights {
			q.cancel(cause)
		}
	}
}

// handle is the client's event handler. It must not block whatsmeow's node queue, so it leaves
// decryption and database lookups to the requests' goroutines.
func (r *Requester) handle(evt any) {
	switch evt := evt.(type) {
	case *events.MediaRetry:
		r.mu.Lock()
		defer r.mu.Unlock()
		r.breaker.answered()
		for _, q := range r.pending[evt.MessageID] {
			q.deliver(evt)
		}
	case *events.Message:
		notif := evt.Message.GetProtocolMessage().GetHistorySyncNotification()
		if notif == nil || !evt.Info.IsFromMe {
			return
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		for _, flights := range r.pending {
			for _, q := range flights {
				if q.repeats(evt.Info.ID, notif) {
					r.breaker.answered()
					q.announce(notif)
				}
			}
		}
	case *events.Connected:
		r.mu.Lock()
		defer r.mu.Unlock()
		for _, flights := range r.pending {
			for _, q := range flights {
				q.repeat()
			}
		}
	case *events.LoggedOut:
		r.abandon(whatsmeow.ErrNotLoggedIn)
	}
}
