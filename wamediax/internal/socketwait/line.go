package socketwait

import (
	"context"
	"time"

	"go.mau.fi/whatsmeow"
	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"
	"google.golang.org/protobuf/proto"
)

// checkTime is how long Connected waits for whatsmeow's lock.
const checkTime = 100 * time.Millisecond

// Line makes calls on one client's socket that return when their context ends. whatsmeow's own
// calls do not: a write blocks until the peer has accepted the frame. It must not be cancelled
// earlier, because whatsmeow counts a cancelled frame as sent, which breaks the socket's encryption
// for all later frames. Even checking whether the client is connected takes a lock that whatsmeow
// holds while it dials, and for up to 10 s while it disconnects.
//
// So each call runs in its own goroutine, and a caller whose context ends leaves it running. The
// next caller waits for it, so that each Line leaves at most two goroutines behind: a write and a
// check. They end when the socket accepts the frame or is closed. SendMessage has no such limit: a
// call whose context ends leaves a goroutine behind until whatsmeow's SendMessage returns.
type Line struct {
	cli    *whatsmeow.Client
	writes turn
	checks turn
}

// New returns the Line of cli. Keep one per client, as each Line has its own limits.
func New(cli *whatsmeow.Client) *Line {
	return &Line{cli: cli, writes: make(turn, 1), checks: make(turn, 1)}
}

// Send writes a stanza to the current socket. If ctx ends first, it returns ctx's cause, and the
// stanza may still be sent.
func (l *Line) Send(ctx context.Context, node waBinary.Node) error {
	_, err := inTurn(ctx, l.writes, func() (struct{}, error) {
		return struct{}{}, internals(l.cli).SendNode(context.WithoutCancel(ctx), node)
	})
	return err
}

// Query writes a query to the current socket, and returns a channel for the response, which
// whatsmeow may close without one. If ctx ends first, it returns ctx's cause, and the query may
// still be sent.
func (l *Line) Query(ctx context.Context, query whatsmeow.DangerousInfoQuery) (<-chan *waBinary.Node, error) {
	return inTurn(ctx, l.writes, func() (<-chan *waBinary.Node, error) {
		return internals(l.cli).SendIQAsync(context.WithoutCancel(ctx), query)
	})
}

// Connected reports whether the client has a socket. It returns false while the client is
// connecting or disconnecting.
func (l *Line) Connected(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	connected, err := inTurn(ctx, l.checks, func() (bool, error) { return l.cli.IsConnected(), nil })
	return err == nil && connected
}

// SendMessage sends a message with whatsmeow once the socket is up, and again under the same ID if
// the socket breaks: see [Line.Do]. The caller must set extra.ID. If ctx ends first, it returns
// ctx's cause, and the message may still be sent.
func (l *Line) SendMessage(ctx context.Context, to types.JID, msg *waE2E.Message, extra whatsmeow.SendRequestExtra) (whatsmeow.SendResponse, error) {
	var resp whatsmeow.SendResponse
	err := l.Do(ctx, func() (err error) {
		copied := proto.CloneOf(msg) // as the call may outlive this one
		resp, err = abandonable(ctx, func() (whatsmeow.SendResponse, error) {
			return l.cli.SendMessage(ctx, to, copied, extra)
		})
		return err
	})
	return resp, err
}

// turn is a mutex with a context.
type turn chan struct{}

// inTurn runs call after the previous calls have ended. call does not know ctx: if ctx ends first,
// inTurn returns ctx's cause, and a call that has started keeps the turn until it ends.
func inTurn[T any](ctx context.Context, turn turn, call func() (T, error)) (T, error) {
	var none T
	if ctx.Err() != nil {
		return none, context.Cause(ctx)
	}
	select {
	case turn <- struct{}{}:
	case <-ctx.Done():
		return none, context.Cause(ctx)
	}
	return abandonable(ctx, func() (T, error) {
		defer func() { <-turn }()
		return call()
	})
}

// abandonable runs call in a goroutine. If ctx ends first, it returns ctx's cause and leaves call
// running.
func abandonable[T any](ctx context.Context, call func() (T, error)) (T, error) {
	type outcome struct {
		value T
		err   error
	}
	ended := make(chan outcome, 1)
	go func() {
		value, err := call()
		ended <- outcome{value, err}
	}()
	select {
	case out := <-ended:
		return out.value, out.err
	case <-ctx.Done():
		var none T
		return none, context.Cause(ctx)
	}
}
