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

// lookTime is how long Connected waits for whatsmeow's lock.
const lookTime = 100 * time.Millisecond

// Line is one client's socket, for callers who leave when their context ends. whatsmeow has no such calls: a write goes on
// until the peer has taken the frame, and whatsmeow must not be told to give up earlier, because it counts an abandoned frame
// as sent, which breaks the socket's encryption for all that follows. Even to look whether the client is connected takes a lock
// that whatsmeow holds while it dials, and for up to 10 s while it hangs up.
//
// So these calls run in goroutines of their own, and a caller whose context ends leaves its call behind. The next caller waits
// for that one to end, so at most two goroutines are ever left behind per Line: a write, and a look. They end when the socket
// takes the frame or is closed.
type Line struct {
	cli    *whatsmeow.Client
	writes turn
	looks  turn
}

// New returns the line of cli. Keep one for each client: what it bounds, it bounds for its own callers.
func New(cli *whatsmeow.Client) *Line {
	return &Line{cli: cli, writes: make(turn, 1), looks: make(turn, 1)}
}

// Send writes a stanza to the socket as it is at this moment. When ctx is done first, the error is its cause, and the stanza
// may still be sent.
func (l *Line) Send(ctx context.Context, node waBinary.Node) error {
	_, err := inTurn(ctx, l.writes, func() (struct{}, error) {
		return struct{}{}, internals(l.cli).SendNode(context.WithoutCancel(ctx), node)
	})
	return err
}

// Query writes a query to the socket as it is at this moment, and returns a channel for its one answer, which whatsmeow may
// close without an answer. When ctx is done first, the error is its cause, and the query may still be sent.
func (l *Line) Query(ctx context.Context, query whatsmeow.DangerousInfoQuery) (<-chan *waBinary.Node, error) {
	return inTurn(ctx, l.writes, func() (<-chan *waBinary.Node, error) {
		return internals(l.cli).SendIQAsync(context.WithoutCancel(ctx), query)
	})
}

// Connected reports whether the client has a socket. A client that is just connecting or hanging up has none.
func (l *Line) Connected(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, lookTime)
	defer cancel()
	connected, err := inTurn(ctx, l.looks, func() (bool, error) { return l.cli.IsConnected(), nil })
	return err == nil && connected
}

// SendMessage sends a message as whatsmeow does, once the socket is up, and again under the same ID if the socket breaks: see
// [Line.Do]. Set extra.ID. When ctx is done first, the error is its cause, and the message may still be sent.
func (l *Line) SendMessage(ctx context.Context, to types.JID, msg *waE2E.Message, extra whatsmeow.SendRequestExtra) (whatsmeow.SendResponse, error) {
	var resp whatsmeow.SendResponse
	err := l.Do(ctx, func() (err error) {
		resp, err = abandonable(ctx, func() (whatsmeow.SendResponse, error) {
			return l.cli.SendMessage(ctx, to, proto.CloneOf(msg), extra) // a copy, since the call may outlive this one
		})
		return err
	})
	return resp, err
}

// turn is a lock that can be waited for with a context.
type turn chan struct{}

// inTurn makes a call that knows nothing of ctx, after the calls before it have ended. When ctx is done first, the error is its
// cause; a call that has begun keeps its turn until it has ended.
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

// abandonable makes a call in a goroutine of its own. When ctx is done first, the error is its cause, and the call goes on.
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
