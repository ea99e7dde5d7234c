package wamediax

import (
	"cmp"
	"context"
	"errors"
	"time"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/socket"
)

const (
	// reconnectPatience is how long a socket that is down is waited for.
	reconnectPatience = 30 * time.Second
	// maxReconnects is how often a query is made anew because the socket broke under it.
	maxReconnects = 5
)

// overSocket runs do, which needs cli's socket, once that is up. Where the socket breaks meanwhile it waits for the
// client's own reconnect and runs do again, all within reconnectPatience of waiting; after that the error is whatsmeow's.
func overSocket(ctx context.Context, cli *whatsmeow.Client, do func() error) error {
	patience := time.NewTimer(reconnectPatience)
	defer patience.Stop()
	var broken error
	for range maxReconnects {
		if err := awaitSocket(ctx, cli, patience.C); err != nil {
			return cmp.Or(broken, err)
		}
		err := do()
		if err == nil || ctx.Err() != nil || cli.IsConnected() && !isSocketDown(err) {
			return err
		}
		broken = err
	}
	return broken
}

// awaitSocket waits until cli is connected and logged in.
func awaitSocket(ctx context.Context, cli *whatsmeow.Client, patience <-chan time.Time) error {
	for {
		up := internals(cli).GetSocketWaitChan() // before the look: what comes after it closes the channel
		switch {
		case cli.IsConnected() && cli.IsLoggedIn():
			return nil
		case cli.Store.ID == nil:
			return whatsmeow.ErrNotLoggedIn
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

func isSocketDown(err error) bool {
	var disconnected *whatsmeow.DisconnectedError
	return errors.Is(err, whatsmeow.ErrNotConnected) || errors.Is(err, socket.ErrSocketClosed) || errors.As(err, &disconnected)
}

// internals is the one door to what whatsmeow does not promise to keep.
func internals(cli *whatsmeow.Client) *whatsmeow.DangerousInternalClient {
	//lint:ignore SA1019 queries with every attribute, and the socket's state, are to be had in no other way
	return cli.DangerousInternals()
}
