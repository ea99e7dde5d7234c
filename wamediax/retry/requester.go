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

// Requester asks a client's phone for media. Make one with [New] and keep it as long as the client; every method may be
// called from any goroutine.
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
	pending map[types.MessageID][]*question // what answers are waited for
	running sync.WaitGroup                  // their goroutines
}

// New returns a requester that asks over cli's socket, which may be down at the moment. It adds an event handler to cli, and
// so must not be called from within one; Close removes it. If cli is nil, every request is whatsmeow.ErrClientIsNil.
func New(cli *whatsmeow.Client, opts ...Option) *Requester {
	r := &Requester{
		cli:         cli,
		line:        socketwait.New(cli),
		timeout:     defaultTimeout,
		parallelism: defaultParallelism,
		reminder:    true,
		breaker:     breaker{limit: defaultSilenceLimit, pause: defaultSilencePause},
		pending:     make(map[types.MessageID][]*question),
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

// Close ends what is under way with [ErrClosed], removes the event handler and returns when nothing of the requester is left
// running, except for at most one write to a connection that takes no data: that ends with the connection. Later requests get
// ErrClosed. Calling it again does nothing.
//
// It must not be called from within an event handler of the client: whatsmeow cannot remove handlers while one runs. Use
// go r.Close() there.
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

// Listen adds the event handler again after [whatsmeow.Client.RemoveEventHandlers] has removed it with all others. An answer
// that comes in between is lost, and the phone is asked once more for it.
func (r *Requester) Listen() {
	if r.cli == nil {
		return
	}
	handler := r.cli.AddEventHandler(r.handle) // without r.mu, which r.handle takes
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

// Request asks the phone to upload the media of one message again, and waits for its answer. That the phone does not have
// the media any more is a [Result], not an error. Whoever asks for a message that is being asked for already waits for the
// same answer, and no longer than those who did before.
//
// If the socket is down, the client's own reconnect is waited for, 30 s at most; after that, or if the client was
// disconnected on purpose, the error is whatsmeow's (whatsmeow.ErrNotConnected). If the socket breaks while the phone is
// thinking, the receipt is sent again when the client is back.
//
// When ctx is done the error is its cause. Others who wait for the same answer are not affected; the request itself ends with
// the last of them. Test for [ErrTimeout], [ErrNewsletter], [ErrKeySize], [ErrInvalidAnswer], [ErrClosed],
// [ErrInEventHandler] and whatsmeow.ErrNotLoggedIn with errors.Is.
//
// After three requests in a row without an answer the phone is taken for offline, and most requests fail at once with
// ErrTimeout: see [WithSilenceLimit].
//
// Do not call it within an event handler of the client, but in a goroutine: whatsmeow calls handlers one after the other, so
// the phone's answer would have to wait for that handler. A direct call is [ErrInEventHandler]. A handler that waits for a
// goroutine which calls Request is not noticed, and gets ErrTimeout.
func (r *Requester) Request(ctx context.Context, req Request) (Result, error) {
	msg, err := r.examine(ctx, people{cli: r.cli}, req)
	if err != nil {
		return Result{}, describe(err, req)
	}
	return r.ask(ctx, msg, req)
}

// describe says which request failed.
func describe(err error, req Request) error {
	return fmt.Errorf("failed to request the media of %s: %w", req, err)
}

// examine reports why req cannot be asked, or else which message it is about.
func (r *Requester) examine(ctx context.Context, who people, req Request) (message, error) {
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
	msg, err := who.message(ctx, req)
	if err != nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return msg, err
}

// ask asks the question, or joins those who wait for its answer.
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

// join counts the caller among those who wait for the answer to a question, and asks it if nobody has.
func (r *Requester) join(ctx context.Context, msg message, req Request) (*question, error) {
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
	q := newQuestion(ctx, r, msg, req)
	r.pending[msg.id] = append(r.pending[msg.id], q)
	r.running.Go(q.run)
	return q, nil
}

// leave ends the wait of one caller. The last one takes the question with it, and waits until it has ended.
func (r *Requester) leave(q *question) {
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

// forget takes q off the questions that are waited for. The caller holds r.mu.
func (r *Requester) forget(q *question) {
	rest := slices.DeleteFunc(r.pending[q.id], func(other *question) bool { return other == q })
	if len(rest) == 0 {
		delete(r.pending, q.id)
	} else {
		r.pending[q.id] = rest
	}
}

// abandon ends every question that is under way.
func (r *Requester) abandon(cause error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, questions := range r.pending {
		for _, q := range questions {
			q.cancel(cause)
		}
	}
}

// handle takes an event off whatsmeow's node queue. It must not block that, and so leaves the rest to the questions' own
// goroutines: decrypting, and looking up names in the database.
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
		for _, questions := range r.pending {
			for _, q := range questions {
				if q.repeats(evt.Info.ID, notif) {
					r.breaker.answered()
					q.announce(notif)
				}
			}
		}
	case *events.Connected:
		r.mu.Lock()
		defer r.mu.Unlock()
		for _, questions := range r.pending {
			for _, q := range questions {
				q.repeat()
			}
		}
	case *events.LoggedOut:
		r.abandon(whatsmeow.ErrNotLoggedIn)
	}
}
