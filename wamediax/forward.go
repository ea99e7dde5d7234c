package wamediax

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"

	"github.com/wamediax/whatsmeow-ext/wamediax/fetch"
	"github.com/wamediax/whatsmeow-ext/wamediax/internal/message"
)

// Reasons why a message cannot be forwarded.
var (
	// ErrNoMedia means that the message has no media.
	ErrNoMedia = message.ErrNoMedia
	// ErrViewOnce means that the media is view-once.
	ErrViewOnce = message.ErrViewOnce
)

// Forward returns a message that shows the media of msg, as found by [MediaIn], in another chat.
// The media itself is not downloaded or uploaded. The new message is marked as forwarded, with
// msg's forwarding score plus one. It keeps the caption but not the quote, the mentions or the
// disappearing timer. The error is [ErrNoMedia] or [ErrViewOnce].
//
// Media hosts delete media after some weeks. [Client.ForwardMedia] checks that it still exists.
func Forward(msg *waE2E.Message) (*waE2E.Message, error) { return message.Forward(msg) }

// ForwardMedia sends the media of msg to another chat without downloading or uploading it. It
// builds the message with [Forward] and first asks a host whether the media still exists. If not,
// it asks the phone to upload it again, as [WithReupload] does; info identifies the message to the
// phone. With a nil info the error is then [fetch.ErrExpired].
//
//	sent, err := client.ForwardMedia(ctx, chat, &evt.Info, evt.Message)
//
// Media cannot be forwarded between channels, where it is not encrypted, and other chats: download
// it and use [Client.SendMedia]. The errors are those of Forward, [Client.Reupload] and
// [whatsmeow.Client.SendMessage]. A [SendError] has the message if it was built but not sent.
//
// Do not call it in an event handler: the phone's answer arrives as an event. Use a goroutine.
func (c *Client) ForwardMedia(ctx context.Context, to types.JID, info *types.MessageInfo, msg *waE2E.Message, opts ...ForwardOption) (*Sent, error) {
	ctx, end, err := c.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer end()
	var s sendSettings
	apply(opts, func(opt ForwardOption) { opt.forward(&s) })
	forwarded, err := c.forwarded(ctx, to, info, msg)
	if err != nil {
		return nil, fmt.Errorf("failed to forward: %w", err)
	}
	message.MergeContext(forwarded, s.Context)
	return c.deliver(ctx, to, forwarded, s.extra, nil)
}

// forwarded returns the message that forwards msg's media, once the media is known to exist.
func (c *Client) forwarded(ctx context.Context, to types.JID, info *types.MessageInfo, msg *waE2E.Message) (*waE2E.Message, error) {
	forwarded, err := message.Forward(msg)
	if err != nil {
		return nil, err
	}
	media := MediaIn(forwarded)
	if to.Server == types.NewsletterServer || len(media.GetMediaKey()) == 0 {
		return nil, errors.New("media cannot move between channels, where it is unencrypted, and other chats: download it and use SendMedia")
	}
	path := media.GetDirectPath()
	d, err := c.beginDownload(ctx, media, nil)
	if err != nil {
		return nil, err
	}
	defer d.end()
	there, err := d.Exists(d.ctx, media, d.opts...)
	switch {
	case err != nil:
		return nil, err
	case !there && info == nil:
		return nil, fmt.Errorf("%w: pass the message's info to ask the phone for it", fetch.ErrExpired)
	case !there:
		if path, err = c.bringBack(info, media.GetMediaKey())(ctx); err != nil {
			return nil, fmt.Errorf("%w: %w", fetch.ErrExpired, err)
		}
	}
	message.Move(forwarded, fetch.ForwardedPath(path, time.Now()))
	return forwarded, nil
}
