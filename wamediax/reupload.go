package wamediax

import (
	"context"
	"errors"
	"fmt"

	"go.mau.fi/whatsmeow/types"

	"github.com/wamediax/whatsmeow-ext/wamediax/retry"
)

// Why the phone could not help with media that has expired. They come with a [fetch.ExpiredError].
var (
	// ErrPhoneSilent: the phone was asked but did not answer in time. It may be offline: try later.
	ErrPhoneSilent = errors.New("the phone did not answer")
	// ErrGone: the phone does not have the media any more either. Trying again will not help.
	ErrGone = errors.New("media is gone from the phone too")
)

// PhoneError is what the phone answered when it could not help.
type PhoneError struct{ Status retry.Status }

// Error returns the phone's answer.
func (e *PhoneError) Error() string { return fmt.Sprintf("the phone answered: %v", e.Status) }

// Is reports that "not found" is [ErrGone].
func (e *PhoneError) Is(target error) bool { return target == ErrGone && e.Status == retry.NotFound }

// Reupload asks the phone to put the media of one message onto the media hosts again, and waits for its answer. It is
// [retry.Requester.Request], of a requester that all calls and downloads of the client share: whoever asks for a message that
// is being asked for already waits for the same answer. It must not be called within an event handler, but in a goroutine of
// its own.
//
// To get the media itself, download it with [WithReupload]. For many messages at once use [retry.Requester.RequestAll] of a
// requester made with retry.New(client.Client).
func (c *Client) Reupload(ctx context.Context, req retry.Request) (retry.Result, error) {
	ctx, end, err := c.begin(ctx)
	if err != nil {
		return retry.Result{}, err
	}
	defer end()
	return c.requester.Request(ctx, req)
}

// bringBack has the phone upload a message's media again.
func (c *Client) bringBack(info *types.MessageInfo, mediaKey []byte) func(context.Context) (string, error) {
	return func(ctx context.Context) (string, error) {
		result, err := c.Reupload(ctx, retry.RequestFor(info, mediaKey))
		return result.DirectPath, phoneError(result.Status, err)
	}
}

// WithReuploadRequest is [WithReupload] for programs that stored messages: req has what they know of the message that the
// media is in. Its MediaKey may be left out, because the message or [StoredMedia] that is downloaded has it; that one is used
// in any case. Of this option and WithReupload the last one applies.
func WithReuploadRequest(req retry.Request) DownloadOption {
	return WithReupload(&types.MessageInfo{
		ID:            req.MessageID,
		MessageSource: types.MessageSource{Chat: req.Chat, Sender: req.Participant, IsFromMe: req.FromMe},
	})
}
