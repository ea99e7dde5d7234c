// Package iq sends queries over a client's WhatsApp socket.
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

// queryTimeout is how long to wait for the response to a query, as in whatsmeow.
const queryTimeout = 75 * time.Second

// Query sends a query as soon as the client's socket is up. If the socket breaks, it waits for the
// client to reconnect and sends the query again. After 30 s of waiting in total, it returns
// whatsmeow's error. If ctx ends, it returns ctx's cause and what it was waiting for.
func Query(ctx context.Context, line *socketwait.Line, query whatsmeow.DangerousInfoQuery) (answer *waBinary.Node, err error) {
	err = line.Do(ctx, func() error {
		answer, err = ask(ctx, line, query)
		return err
	})
	if err != nil && ctx.Err() != nil {
		waiting := "a response on the WhatsApp socket"
		if !line.Connected(context.WithoutCancel(ctx)) {
			waiting = "the WhatsApp socket to connect"
		}
		err = fmt.Errorf("%w while waiting for %s", ctxerr.Of(ctx), waiting)
	}
	return answer, err
}

// ask sends a query and waits for its response, like whatsmeow's SendIQ, but returns when ctx ends,
// even if the socket hangs.
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

// queryError converts an error response to whatsmeow's types.
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

// UserAgent returns the User-Agent header of cli's own media requests, or "".
func UserAgent(cli *whatsmeow.Client) string {
	//lint:ignore SA1019 whatsmeow has no other way to get it
	return cli.DangerousInternals().GetUserAgent()
}
