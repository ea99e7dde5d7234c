package retry

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"go.mau.fi/whatsmeow"
	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/types/events"

	"github.com/wamediax/whatsmeow-ext/wamediax/internal/socketwait"
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

	answers     chan *events.MediaRetry // with this message id
	reconnected chan struct{}           // the client has logged in since the receipt was sent

	done   chan struct{} // closed when the rest is final
	result Result
	err    error
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
	q.r.forget(q)
	q.r.mu.Unlock()
	close(q.done)
}

func (q *question) settle() (Result, error) {
	envelope, err := newEnvelope(q.id, q.req.MediaKey)
	if err != nil {
		return Result{}, err
	}
	receipt, err := q.r.receipt(q.ctx, q.req, envelope)
	if err != nil {
		return Result{}, err
	}
	if err = socketwait.Do(q.ctx, q.r.cli, func() error { return q.send(receipt) }); err != nil {
		return Result{}, err
	}

	tooLate := time.NewTimer(q.r.timeout)
	defer tooLate.Stop()
	var halfTime <-chan time.Time
	if q.r.reminder {
		reminder := time.NewTimer(q.r.timeout / 2)
		defer reminder.Stop()
		halfTime = reminder.C
	}
	for {
		select {
		case evt := <-q.answers:
			if result, mine, err := q.judge(evt, envelope); mine || err != nil {
				return result, err
			}
			continue
		case <-q.reconnected:
		case <-halfTime:
		case <-tooLate.C:
			return Result{}, q.timeout()
		case <-q.ctx.Done():
			return Result{}, context.Cause(q.ctx)
		}
		// On a socket that is down the receipt need not wait here: the login that follows has it sent.
		if err = q.send(receipt); err != nil && !socketwait.IsDown(err) && q.r.cli.IsConnected() {
			return Result{}, err
		}
	}
}

// send sends the receipt. A login before that is no reason to send it again; one after it is: whatsmeow does not tell whether
// what was written to the socket before has arrived.
func (q *question) send(receipt waBinary.Node) error {
	select {
	case <-q.reconnected:
	default:
	}
	return q.r.send(q.ctx, receipt)
}

// timeout says that there was no answer, and whether there could have been one.
func (q *question) timeout() error {
	err := fmt.Errorf("%w (%s)", ErrTimeout, q.r.timeout)
	if !q.r.cli.IsConnected() {
		err = fmt.Errorf("%w: %w", err, whatsmeow.ErrNotConnected)
	}
	return err
}

// judge reports whether evt, which has the message's id, is the answer to q, and what it says then.
func (q *question) judge(evt *events.MediaRetry, envelope *envelope) (result Result, mine bool, err error) {
	if evt.Ciphertext != nil {
		// Only the phone has the media key, so what decrypts is the answer, whatever it calls the chat.
		if result, err = envelope.open(evt.Ciphertext, evt.IV); !errors.Is(err, errNotDecrypted) {
			return result, true, err
		}
	}
	who := people{cli: q.r.cli}
	asked, err := who.message(q.ctx, q.req) // again: who is who may have become known meanwhile
	if err != nil {
		return Result{}, false, err
	}
	answered, err := who.answered(q.ctx, evt)
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
