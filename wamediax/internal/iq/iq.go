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

// Query makes a query over a client's socket once that is up. If the socket breaks meanwhile, Query waits for the client's own
// reconnect and asks again, all within 30 s of waiting; after that the error is whatsmeow's. When ctx ends, the error is its
// cause, with what Query was waiting for.
func Query(ctx context.Context, line *socketwait.Line, query whatsmeow.DangerousInfoQuery) (answer *waBinary.Node, err error) {
	err = line.Do(ctx, func() error {
		answer, err = ask(ctx, line, query)
		return err
	})
	if err != nil && ctx.Err() != nil {
		waiting := "the answer to a query over the WhatsApp socket"
		if !line.Connected(context.WithoutCancel(ctx)) {
			waiting = "the WhatsApp socket to connect"
		}
		err = fmt.Errorf("%w while waiting for %s", ctxerr.Of(ctx), waiting)
	}
	return answer, err
}

// ask sends a query and waits for its answer, as whatsmeow's SendIQ does, but ends when ctx does, whatever the socket does.
func ask(ctx context.Context, line *socketwait.Line, query whatsmeow.DangerousInfoQuery) (*waBinary.Node, error) {
	answers, err := line.Query(ctx, query)
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

// UserAgent returns the User-Agent header of cli's own requests for media, "" for none.
func UserAgent(cli *whatsmeow.Client) string {
	//lint:ignore SA1019 whatsmeow offers no other way to learn it
	return cli.DangerousInternals().GetUserAgent()
}
