// Package socketwait uses a client's socket, which may be down for the moment or
// take no data: it waits for the client's own reconnect, never connects by
// itself, and never outlives the caller's context. See [Line].
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
	// Patience is how long Do waits for a socket that is down, all its waits together.
	Patience = 30 * time.Second
	// maxAttempts is how often Do calls what it was given when the socket breaks under it each time.
	maxAttempts = 5
	// firstPause is how long Do waits after a failure on a socket that whatsmeow still takes for open; it doubles each time.
	firstPause = 50 * time.Millisecond
)

// Do calls do, which needs the client's socket, once the client is connected and logged in. If the socket breaks meanwhile, Do
// waits for the client's own reconnect and calls do again.
//
// When the client has not come back within [Patience], or will not because it was disconnected on purpose, the error is
// what the last do returned, or whatsmeow.ErrNotConnected if there was none. A client that is not paired is
// whatsmeow.ErrNotLoggedIn at once. When ctx is done first, the error is its cause: do must end with ctx, as Send and Query
// do. Everything else that do returns is returned as it is.
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

// pause gives whatsmeow time to notice that a socket has ended, until the next one is up. It reports false if ctx is done.
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

// state is what a client's socket is like at one moment.
type state struct {
	up    <-chan struct{} // closed by the next login
	ready bool            // connected and logged in
}

// await returns as soon as the client is connected and logged in, with a channel that the login after that closes.
func (l *Line) await(ctx context.Context, patience time.Duration) (up <-chan struct{}, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, patience, whatsmeow.ErrNotConnected)
	defer cancel()
	for waiting := false; ; waiting = true {
		if l.cli.Store.GetJID().IsEmpty() {
			return nil, whatsmeow.ErrNotLoggedIn
		}
		now, err := inTurn(ctx, l.looks, l.look)
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

func (l *Line) look() (state, error) {
	up := internals(l.cli).GetSocketWaitChan() // before the look: a login after the look closes it
	return state{up: up, ready: l.cli.IsConnected() && l.cli.IsLoggedIn()}, nil
}

// IsDown reports whether err says that the socket was down or broke, so that what failed can be done again on the next one.
// An error that comes of the caller's own context must be told apart before: whatsmeow ends a write to a socket that goes
// down with context.Canceled.
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
	//lint:ignore SA1019 whatsmeow's WaitForConnection races when several goroutines call it, and takes no context
	return cli.DangerousInternals()
}
