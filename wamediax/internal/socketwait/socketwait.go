// Package socketwait makes calls on a client's socket, which may be down or
// accept no data. It waits for the client to reconnect, never connects itself,
// and never outlives the caller's context. See [Line].
package socketwait

import (
	"cmp"
	"context"
	"errors"
	"io"
	"net"
	"time"

	"github.com/coder/websocket"
	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/socket"
)

const (
	// Patience is how long Do waits in total for a socket that is down.
	Patience = 30 * time.Second
	// maxAttempts is how often Do calls its function if the socket breaks each time.
	maxAttempts = 5
	// firstPause is how long Do waits after a failure on a socket that whatsmeow considers open. It
	// doubles each time.
	firstPause = 50 * time.Millisecond
)

// Do calls do, which needs the client's socket, once the client is connected and logged in. If the
// socket breaks, Do waits for the client to reconnect and calls do again.
//
// If the client does not reconnect within [Patience], or was disconnected on purpose, Do returns
// the last error of do, or whatsmeow.ErrNotConnected if it did not call do. If the client is not
// paired, Do returns whatsmeow.ErrNotLoggedIn at once. If ctx ends first, Do returns its cause; do
// must return when ctx ends, like Send and Query. Do returns all other errors of do unchanged.
func (l *Line) Do(ctx context.Context, do func() error) error {
	return l.doWithin(ctx, Patience, do)
}

func (l *Line) doWithin(ctx context.Context, patience time.Duration, do func() error) error {
	var broken error
	for attempt := range maxAttempts {
		start := time.Now()
		up, err := l.await(ctx, patience)
		if err != nil {
			if ctx.Err() != nil {
				return err
			}
			return cmp.Or(broken, err)
		}
		patience -= time.Since(start)
		err = do()
		if err == nil || ctx.Err() != nil {
			return err
		}
		connected := l.Connected(ctx)
		if connected && !IsDown(err) {
			return err
		}
		broken = err
		if connected && !pause(ctx, up, firstPause<<attempt) {
			return context.Cause(ctx)
		}
	}
	return broken
}

// pause gives whatsmeow time to notice a closed socket, and ends early at the next login. It
// returns false if ctx ends.
func pause(ctx context.Context, up <-chan struct{}, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-up:
	case <-timer.C:
	case <-ctx.Done():
		return false
	}
	return true
}

// state is the state of a client's socket at one moment.
type state struct {
	up    <-chan struct{} // closed by the next login
	ready bool            // connected and logged in
}

// await returns once the client is connected and logged in, with a channel that the next login
// closes.
func (l *Line) await(ctx context.Context, patience time.Duration) (up <-chan struct{}, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, patience, whatsmeow.ErrNotConnected)
	defer cancel()
	for waiting := false; ; waiting = true {
		if l.cli.Store.GetJID().IsEmpty() {
			return nil, whatsmeow.ErrNotLoggedIn
		}
		now, err := inTurn(ctx, l.checks, l.check)
		switch {
		case err != nil:
			return nil, err
		case now.ready:
			return now.up, nil
		case internals(l.cli).IsExpectedDisconnect():
			return nil, whatsmeow.ErrNotConnected
		}
		if !waiting {
			l.cli.Log.Warnf("The client is not connected: waiting up to %v for Connect or its own reconnect", patience.Round(time.Second))
		}
		select {
		case <-now.up:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

func (l *Line) check() (state, error) {
	// before the check, so that a login after it closes the channel
	up := internals(l.cli).GetSocketWaitChan()
	return state{up: up, ready: l.cli.IsConnected() && l.cli.IsLoggedIn()}, nil
}

// IsDown reports whether err means that the socket was down or broke, so that the operation can be
// repeated. Check the caller's own context first: whatsmeow ends a write to a closing socket with
// context.Canceled.
func IsDown(err error) bool {
	for _, down := range []error{
		whatsmeow.ErrNotConnected, socket.ErrSocketClosed, context.Canceled, net.ErrClosed, io.EOF, io.ErrUnexpectedEOF,
	} {
		if errors.Is(err, down) {
			return true
		}
	}
	var disconnected *whatsmeow.DisconnectedError
	var network *net.OpError
	return errors.As(err, &disconnected) || errors.As(err, &network) || websocket.CloseStatus(err) != -1
}

func internals(cli *whatsmeow.Client) *whatsmeow.DangerousInternalClient {
	//lint:ignore SA1019 whatsmeow's WaitForConnection is not safe for concurrent use and takes no context
	return cli.DangerousInternals()
}
