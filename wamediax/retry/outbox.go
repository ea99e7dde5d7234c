package retry

import (
	"context"
	"sync"

	waBinary "go.mau.fi/whatsmeow/binary"
)

// outbox writes a question's receipt to the socket, one write at a time and in goroutines of its own, so that a socket that
// takes nothing holds up neither the answer nor the timeout. The fields are the question's goroutine's alone.
type outbox struct {
	q       *question
	receipt waBinary.Node

	writes  sync.WaitGroup
	written chan error    // how the write under way ended
	begun   chan struct{} // closed when there is a socket to write to
	busy    bool          // a write is under way
	sent    bool          // the receipt has been written whole at least once
}

// first writes the receipt once there is a socket.
func (o *outbox) first(ctx context.Context) {
	var once sync.Once
	o.start(func() error {
		return o.q.r.line.Do(ctx, func() error {
			once.Do(func() { close(o.begun) })
			return o.send(ctx)
		})
	})
}

// repeat writes the receipt to the socket as it is now. If that is down, the login that follows has the receipt repeated.
func (o *outbox) repeat(ctx context.Context) {
	o.start(func() error { return o.send(ctx) })
}

func (o *outbox) start(write func() error) {
	o.busy = true
	o.writes.Go(func() { o.written <- write() })
}

// wrote notes how a write has ended, and returns the error if the receipt cannot be sent. Only the first one can tell: the
// phone may have that, and what it is repeated for happens again.
func (o *outbox) wrote(err error) error {
	o.busy = false
	if o.sent {
		return nil
	}
	o.sent = err == nil
	return err
}

// send writes the receipt. A login before that is no reason to write it again; one after it is: whatsmeow does not tell
// whether what was written to the socket before has arrived.
func (o *outbox) send(ctx context.Context) error {
	select {
	case <-o.q.reconnected:
	default:
	}
	return o.q.r.line.Send(ctx, o.receipt)
}
