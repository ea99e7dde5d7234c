package wamediax

import (
	"context"

	"go.mau.fi/whatsmeow"

	"github.com/wamediax/whatsmeow-ext/wamediax/retry"
)

// Reupload asks the phone to put the media of one message onto the media hosts again, and waits for its answer. It is
// [retry.Requester.Request], of a requester that all calls and downloads of the client share: whoever asks for a message that
// is being asked for already waits for the same answer. It must not be called within an event handler, but in a goroutine of
// its own.
//
// To get the media itself, download it with [WithReupload]. For many messages at once use [retry.Requester.RequestAll] of a
// requester made with retry.New(client.Client).
func (c *Client) Reupload(ctx context.Context, req retry.Request) (retry.Result, error) {
	if c == nil || c.Client == nil {
		return retry.Result{}, whatsmeow.ErrClientIsNil
	}
	return c.requester.Request(ctx, req)
}
