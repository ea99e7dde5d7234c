// Package iq makes queries over a client's WhatsApp socket.
package iq

import (
	"context"
	"fmt"
	"time"

	"go.mau.fi/whatsmeow"
	waBinary "go.mau.fi/whatsmeow/binary"

	"github.com/wamediax/whatsmeow-ext/wamediax/internal/ctxerr"
	"github.com/wamediax/whatsmeow-ext/wamediax/internal/socketwait"
)

// queryTimeout is how long an answer to a query is waited for, as in whatsmeow.
const queryTimeout = 75 * time.Second

// Query makes a query over cli's socket once that is up. If the socket breaks meanwhile, Query waits for the client's own
// reconnect and asks again, all within 30 s of waiting; after that the error is whatsmeow's. When ctx ends, the error is its
// cause, with what Query was waiting for.
func Query(ctx context.Context, cli *whatsmeow.Client, query whatsmeow.DangerousInfoQuery) (answer *waBinary.Node, err error) {
	err = socketwait.Do(ctx, cli, func() error {
		answer, err = ask(ctx, cli, query)
		return err
	})
	if err != nil && ctx.Err() != nil {
		waiting := "the answer to a query over the WhatsApp socket"
		if !cli.IsConnected() || !cli.IsLoggedIn() {
			waiting = "the WhatsApp socket to connect"
		}
		err = fmt.Errorf("%w while waiting for %s", ctxerr.Of(ctx), waiting)
	}
	return answer, err
}

// ask sends a query and waits for its answer, as whatsmeow's SendIQ does. The difference is in a context that ends early:
// given to SendIQ it can abandon a frame that is half written, and the next one then overtakes it, which breaks the
// encryption of the socket. Here the frame is always written out, and only the waiting ends.
func ask(ctx context.Context, cli *whatsmeow.Client, query whatsmeow.DangerousInfoQuery) (*waBinary.Node, error) {
	answers, err := internals(cli).SendIQAsync(context.WithoutCancel(ctx), query)
	if err != nil {
		return nil, err
	}
	timeout := time.NewTimer(queryTimeout)
	defer timeout.Stop()
	select {
	case answer := <-answers:
		return answer, queryError(answer)
	case <-timeout.C:
		return nil, whatsmeow.ErrIQTimedOut
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// queryError is what an answer to a query says is wrong, in whatsmeow's types.
func queryError(answer *waBinary.Node) error {
	if answer == nil || answer.Tag == "xmlstreamend" || answer.Tag == "stream:error" {
		return &whatsmeow.DisconnectedError{Action: "info query", Node: answer}
	}
	attrs := answer.AttrGetter()
	if answer.Tag == "iq" && attrs.OptionalString("type") == "result" {
		return nil
	}
	refused := &whatsmeow.IQError{RawNode: answer}
	if node, ok := answer.GetOptionalChildByTag("error"); ok {
		attrs := node.AttrGetter()
		refused.ErrorNode, refused.Code, refused.Text = &node, attrs.OptionalInt("code"), attrs.OptionalString("text")
	}
	return refused
}

func internals(cli *whatsmeow.Client) *whatsmeow.DangerousInternalClient {
	//lint:ignore SA1019 whatsmeow offers no other way to query with every attribute
	return cli.DangerousInternals()
}

// UserAgent returns the User-Agent header of cli's own requests for media, "" for none.
func UserAgent(cli *whatsmeow.Client) string { return internals(cli).GetUserAgent() }
