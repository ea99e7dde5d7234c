// Package socketwait does things over a client's socket that may be down for the moment: it waits for the client's own
// reconnect and never connects by itself.
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
	// Patience is how long Do waits for a socket that is down, over all attempts.
	Patience = 30 * time.Second
	// maxAttempts is how often Do calls what it was given when the socket breaks under it each time.
	maxAttempts = 5
	// firstPause is how long Do waits after a failure on a socket that whatsmeow still takes for open; it doubles each time.
	firstPause = 50 * time.Millisecond
)

// Do calls do, which needs cli's socket, once cli is connected and logged in. If the socket breaks meanwhile, Do waits for
// the client's own reconnect and calls do again.
//
// When the client has not come back within [Patience], or will not because it was disconnected on purpose, the error is
// what the last do said, or whatsmeow.ErrNotConnected if there was none. A client that is not paired is
// whatsmeow.ErrNotLoggedIn at once. When ctx is done first, the error is its cause. Everything else that do returns is
// returned as it is.
func Do(ctx context.Context, cli *whatsmeow.Client, do func() error) error {
	return doWithin(ctx, cli, Patience, do)
}

func doWithin(ctx context.Context, cli *whatsmeow.Client, limit time.Duration, do func() error) error {
	patience := time.NewTimer(limit)
	defer patience.Stop()
	var broken error
	for attempt := range maxAttempts {
		if err := await(ctx, cli, patience.C); err != nil {
			if ctx.Err() != nil {
				return err
			}
			return cmp.Or(broken, err)
		}
		up := internals(cli).GetSocketWaitChan()
		err := do()
		if err == nil || ctx.Err() != nil || cli.IsConnected() && !IsDown(err) {
			return err
		}
		broken = err
		if cli.IsConnected() && !pause(ctx, up, firstPause<<attempt) {
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

// await returns nil as soon as cli is connected and logged in.
func await(ctx context.Context, cli *whatsmeow.Client, patience <-chan time.Time) error {
	for {
		up := internals(cli).GetSocketWaitChan() // taken before the look: a login after the look closes it
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case cli.Store.GetJID().IsEmpty():
			return whatsmeow.ErrNotLoggedIn
		case cli.IsConnected() && cli.IsLoggedIn():
			return nil
		case internals(cli).IsExpectedDisconnect():
			return whatsmeow.ErrNotConnected
		}
		select {
		case <-up:
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-patience:
			return whatsmeow.ErrNotConnected
		}
	}
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
