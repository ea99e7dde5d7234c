package retry

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types/events"
)

// maxUnread limits the queued answers to one request. Only flooding exceeds one or two; the
// reminder then gives the phone's answer another chance.
const maxUnread = 16

// flight is an active request, shared by all callers that ask for the same message.
type flight struct {
	message
	r   *Requester
	req Request

	ctx    context.Context // outlives the first caller's context
	cancel context.CancelCauseFunc

	waiting int // number of waiting callers; guarded by r.mu

	answers chan *events.MediaRetry             // with this message id
	again   chan *waE2E.HistorySyncNotification // announces the requested blob of chat history
	// the client has logged in since the receipt was written
	reconnected chan struct{}

	done   chan struct{} // closed once the fields below are final
	result Result
	err    error
	silent bool // the phone had enough time and did not answer
}

// newFlight returns a flight with one waiting caller.
func newFlight(ctx context.Context, r *Requester, msg message, req Request) *flight {
	// the caller may reuse its slice before the request ends
	req.MediaKey = slices.Clone(req.MediaKey)
	ctx, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	return &flight{
		message:     msg,
		r:           r,
		req:         req,
		ctx:         ctx,
		cancel:      cancel,
		waiting:     1,
		answers:     make(chan *events.MediaRetry, maxUnread),
		again:       make(chan *waE2E.HistorySyncNotification, 1),
		reconnected: make(chan struct{}, 1),
		done:        make(chan struct{}),
	}
}

// deliver queues an answer. It does not block.
func (q *flight) deliver(evt *events.MediaRetry) {
	select {
	case q.answers <- evt:
	default:
	}
}

// announce queues a notification that answers the request. It does not block; only the first one
// counts.
func (q *flight) announce(notif *waE2E.HistorySyncNotification) {
	select {
	case q.again <- notif:
	default:
	}
}

// repeat triggers another write of the receipt. It does not block.
func (q *flight) repeat() {
	select {
	case q.reconnected <- struct{}{}:
	default:
	}
}

// run performs the request and publishes its result.
func (q *flight) run() {
	defer q.cancel(nil)
	q.result, q.err = q.settle()
	if q.err != nil && q.ctx.Err() != nil {
		q.err = context.Cause(q.ctx)
	}
	q.r.mu.Lock()
	if q.silent {
		q.r.breaker.unanswered(time.Now())
	}
	q.r.forget(q)
	q.r.mu.Unlock()
	close(q.done)
}

// settle writes the receipt and waits for the answer. The answer can arrive before the write
// returns: the socket may have accepted the data earlier, or the phone may answer an earlier
// receipt.
func (q *flight) settle() (Result, error) {
	envelope, err := newEnvelope(q.id, q.req.MediaKey)
	if err != nil {
		return Result{}, err
	}
	receipt, err := q.r.receipt(q.ctx, q.req, envelope)
	if err != nil {
		return Result{}, err
	}
	ctx, cancel := context.WithCancel(q.ctx)
	out := &outbox{q: q, receipt: receipt, written: make(chan error, 1), begun: make(chan struct{})}
	defer out.writes.Wait()
	defer cancel()
	out.first(ctx)

	inTime, halfTime := ctx, (<-chan time.Time)(nil) // no timeout before there is a socket
	begun := out.begun
	for {
		again := q.reconnected
		if out.busy {
			again = nil // a login during a write is handled after it
		}
		select {
		case <-begun:
			begun = nil
			var stop context.CancelFunc
			inTime, stop = context.WithTimeoutCause(ctx, q.r.timeout, ErrTimeout)
			defer stop()
			if q.r.reminder {
				reminder := time.NewTimer(q.r.timeout / 2)
				defer reminder.Stop()
				halfTime = reminder.C
			}
		case evt := <-q.answers:
			result, mine, err := q.evaluate(inTime, evt, envelope)
			if errors.Is(context.Cause(inTime), ErrTimeout) {
				return Result{}, q.timeout(ctx, out)
			}
			if mine || err != nil {
				return result, err
			}
		case notif := <-q.again:
			return historyResult(notif)
		case err = <-out.written:
			if err = out.wrote(err); err != nil {
				return Result{}, err
			}
		case <-again:
			out.repeat(ctx)
		case <-halfTime:
			if !out.busy {
				out.repeat(ctx)
			}
		case <-inTime.Done():
			if ctx.Err() != nil {
				return Result{}, context.Cause(ctx)
			}
			return Result{}, q.timeout(ctx, out)
		}
	}
}

// timeout returns ErrTimeout, with the reason if the client's connection caused it.
func (q *flight) timeout(ctx context.Context, out *outbox) error {
	err := fmt.Errorf("%w (%s)", ErrTimeout, q.r.timeout)
	switch {
	case !q.r.line.Connected(ctx):
		return fmt.Errorf("%w: %w", err, whatsmeow.ErrNotConnected)
	case !out.sent || out.busy:
		return fmt.Errorf("%w: %w", err, errStalled)
	}
	q.silent = true
	return err
}

// evaluate reports whether evt, which has the message's id, is the answer to q, and returns its
// result if so.
func (q *flight) evaluate(ctx context.Context, evt *events.MediaRetry, envelope *envelope) (result Result, mine bool, err error) {
	if evt.Ciphertext != nil {
		// Only the phone has the media key, so anything that decrypts is the answer, whatever chat
		// it names.
		if result, err = envelope.open(evt.Ciphertext, evt.IV); !errors.Is(err, errNotDecrypted) {
			return result, true, err
		}
	}
	names := addressBook{cli: q.r.cli}
	asked, err := names.message(ctx, q.req) // the LID may have become known since
	asked.history = q.history
	if err != nil {
		return Result{}, false, err
	}
	answered, err := names.answered(ctx, evt)
	if err != nil {
		return Result{}, false, err
	}
	switch {
	case !asked.matches(answered):
		return Result{}, false, nil
	case evt.Ciphertext != nil:
		return Result{}, true, fmt.Errorf("%w: %w", ErrInvalidAnswer, errNotDecrypted)
	case evt.Error == nil:
		return Result{}, true, fmt.Errorf("%w: answer is empty", ErrInvalidAnswer)
	default:
		result, err = resultOf(evt.Error.Code, "")
		return result, true, err
	}
}
