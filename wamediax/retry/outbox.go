package retry

import (
	"context"
	"sync"

	waBinary "go.mau.fi/whatsmeow/binary"
)

// outbox writes a receipt to the socket, one write at a time, in separate goroutines so that a
// blocked socket delays neither the answer nor the timeout. Only the request's goroutine uses its
// fields.
type outbox struct {
	q       *flight
	receipt waBinary.Node

	writes  sync.WaitGroup
	written chan error    // result of the active write
	begun   chan struct{} // closed once there is a socket to write to
	busy    bool          // a write is active
	sent    bool          // a write has succeeded
}

// first writes the receipt as soon as there is a socket.
func (o *outbox) first(ctx context.Context) {
	var once sync.Once
	o.start(func() error {
		return o.q.r.line.Do(ctx, func() error {
			once.Do(func() { close(o.begun) })
			return o.send(ctx)
		})
	})
}

// repeat writes the receipt to the current socket. If that is down, the next login triggers another
// repeat.
func (o *outbox) repeat(ctx context.Context) {
	o.start(func() error { return o.send(ctx) })
}

func (o *outbox) start(write func() error) {
	o.busy = true
	o.writes.Go(func() { o.written <- write() })
}

// wrote records the end of a write, and returns its error if no write has succeeded yet. Later
// errors do not matter: the phone may have the first receipt, and further repeats follow.
func (o *outbox) wrote(err error) error {
	o.busy = false
	if o.sent {
		return nil
	}
	o.sent = err == nil
	return err
}

// send writes the receipt. It discards logins from before this write; a login after it requires a
// repeat, because whatsmeow does not report whether earlier writes arrived.
func (o *outbox) send(ctx context.Context) error {
	select {
	case <-o.q.reconnected:
	default:
	}
	return o.q.r.line.Send(ctx, o.receipt)
}
