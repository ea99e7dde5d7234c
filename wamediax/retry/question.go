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

// maxUnread is how many answers to one question may wait to be looked at. More than one or two only come from somebody who
// floods the client; then the reminder gets the phone's own answer another chance.
const maxUnread = 16

// question is one message that the phone is being asked about, for everyone who wants to know.
type question struct {
	message
	r   *Requester
	req Request

	ctx    context.Context // of the question: it outlives the caller who asked first
	cancel context.CancelCauseFunc

	waiting int // how many callers wait; guarded by r.mu

	answers     chan *events.MediaRetry             // with this message id
	again       chan *waE2E.HistorySyncNotification // the blob of chat history that is asked for is there again
	reconnected chan struct{}                       // the client has logged in since the receipt was sent

	done   chan struct{} // closed when the rest is final
	result Result
	err    error
	silent bool // the phone had the time to answer, and did not
}

// newQuestion makes a question that one caller waits for.
func newQuestion(ctx context.Context, r *Requester, msg message, req Request) *question {
	req.MediaKey = slices.Clone(req.MediaKey) // whose slice it is may have left before the question is settled
	ctx, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	return &question{
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

// deliver hands over an answer to be looked at. It does not block.
func (q *question) deliver(evt *events.MediaRetry) {
	select {
	case q.answers <- evt:
	default:
	}
}

// announce hands over a notification that answers the question. It does not block: the first one counts.
func (q *question) announce(notif *waE2E.HistorySyncNotification) {
	select {
	case q.again <- notif:
	default:
	}
}

// repeat has the receipt sent again. It does not block.
func (q *question) repeat() {
	select {
	case q.reconnected <- struct{}{}:
	default:
	}
}

// run asks the question and settles it.
func (q *question) run() {
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

// settle sends the receipt and waits for the answer, which may come before the write has ended: the socket may have taken the
// frame long before whatsmeow knows, or the phone may be answering an earlier receipt.
func (q *question) settle() (Result, error) {
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

	inTime, halfTime := ctx, (<-chan time.Time)(nil) // no limit before there is a socket
	begun := out.begun
	for {
		again := q.reconnected
		if out.busy {
			again = nil // what is being written decides whether it has to be written again
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
			result, mine, err := q.judge(inTime, evt, envelope)
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

// timeout says that there was no answer in time, and whose fault that is.
func (q *question) timeout(ctx context.Context, out *outbox) error {
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

// judge reports whether evt, which has the message's id, is the answer to q, and what it says then.
func (q *question) judge(ctx context.Context, evt *events.MediaRetry, envelope *envelope) (result Result, mine bool, err error) {
	if evt.Ciphertext != nil {
		// Only the phone has the media key, so what decrypts is the answer, whatever it calls the chat.
		if result, err = envelope.open(evt.Ciphertext, evt.IV); !errors.Is(err, errNotDecrypted) {
			return result, true, err
		}
	}
	who := people{cli: q.r.cli}
	asked, err := who.message(ctx, q.req) // again: who is who may have become known meanwhile
	asked.history = q.history
	if err != nil {
		return Result{}, false, err
	}
	answered, err := who.answered(ctx, evt)
	if err != nil {
		return Result{}, false, err
	}
	switch {
	case !asked.matches(answered):
		return Result{}, false, nil
	case evt.Ciphertext != nil:
		return Result{}, true, fmt.Errorf("%w: %w", ErrInvalidAnswer, errNotDecrypted)
	case evt.Error == nil:
		return Result{}, true, fmt.Errorf("%w: it is empty", ErrInvalidAnswer)
	default:
		result, err = resultOf(evt.Error.Code, "")
		return result, true, err
	}
}
