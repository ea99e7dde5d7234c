package wamediax

import (
	"context"
	"errors"
	"fmt"

	"go.mau.fi/whatsmeow/types"

	"github.com/wamediax/whatsmeow-ext/wamediax/retry"
)

// Reasons why the phone did not provide expired media. They are wrapped in a [fetch.ExpiredError].
var (
	// ErrPhoneSilent means that the phone did not answer in time. It may be offline: try again
	// later.
	ErrPhoneSilent = errors.New("the phone did not answer")
	// ErrGone means that the phone no longer has the media. Trying again will not help.
	ErrGone = errors.New("media is gone from the phone too")
)

// PhoneError is an answer of the phone other than success.
type PhoneError struct{ Status retry.Status }

// Error names the status in the phone's answer.
func (e *PhoneError) Error() string { return fmt.Sprintf("the phone answered: %v", e.Status) }

// Is reports whether target is [ErrGone] and the phone answered "not found".
func (e *PhoneError) Is(target error) bool { return target == ErrGone && e.Status == retry.NotFound }

// Reupload asks the phone to upload the media of a message to the media hosts again, and waits for
// its answer. It is [retry.Requester.Request] of a requester that all calls and downloads of the
// client share, so concurrent calls for the same message send one request. Do not call it in an
// event handler, since the answer arrives as an event. Use a goroutine.
//
// To download the media as well, use [WithReupload]. For many messages at once, use
// [retry.Requester.RequestAll] of a requester from retry.New(client.Client).
func (c *Client) Reupload(ctx context.Context, req retry.Request) (retry.Result, error) {
	ctx, end, err := c.begin(ctx)
	if err != nil {
		return retry.Result{}, err
	}
	defer end()
	return c.requester.Request(ctx, req)
}

// bringBack returns a function that asks the phone to upload a message's media again.
func (c *Client) bringBack(info *types.MessageInfo, mediaKey []byte) func(context.Context) (string, error) {
	return func(ctx context.Context) (string, error) {
		result, err := c.Reupload(ctx, retry.RequestFor(info, mediaKey))
		return result.DirectPath, phoneError(result.Status, err)
	}
}

// WithReuploadRequest is [WithReupload] for applications that store messages: req identifies the
// message that contains the media. Its MediaKey is ignored, because the downloaded message or
// [StoredMedia] has the key. If both options are given, the last one applies.
func WithReuploadRequest(req retry.Request) DownloadOption {
	return WithReupload(&types.MessageInfo{
		ID:            req.MessageID,
		MessageSource: types.MessageSource{Chat: req.Chat, Sender: req.Participant, IsFromMe: req.FromMe},
	})
}
