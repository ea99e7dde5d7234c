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

// Why a message cannot be forwarded.
var (
	// ErrNoMedia: there is no media in it.
	ErrNoMedia = message.ErrNoMedia
	// ErrViewOnce: its media can be viewed once.
	ErrViewOnce = message.ErrViewOnce
)

// Forward returns a message that shows the media of msg, as [MediaIn] finds it, in another chat. The media stays where it is:
// nothing is downloaded or uploaded. The new message is marked as forwarded, once more often than msg was. It keeps the
// caption, and leaves out what msg answers, whom it mentions, and when it disappears. The error is [ErrNoMedia] or
// [ErrViewOnce].
//
// Media stays on the hosts for some weeks: [Client.ForwardMedia] asks whether it is there.
func Forward(msg *waE2E.Message) (*waE2E.Message, error) { return message.Forward(msg) }

// ForwardMedia sends the media of msg to another chat, as [Forward] makes the message, once a host has said that the media is
// still there. If it is not, the phone is asked to upload it again, as by [WithReupload], and info says which message it was
// in; without info the error is [fetch.ErrExpired]. No byte of the media comes through this client.
//
//	sent, err := client.ForwardMedia(ctx, chat, &evt.Info, evt.Message)
//
// Media of a channel is not encrypted, so it cannot be forwarded to another chat, nor other media to a channel: download it,
// and use [Client.SendMedia]. The errors are those of Forward, [Client.Reupload] and [whatsmeow.Client.SendMessage]; a
// message that was made and not sent is in a [SendError].
//
// The phone's answer comes as an event, so it must not be called within an event handler.
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

// forwarded returns the message that forwards msg's media, which is on the hosts.
func (c *Client) forwarded(ctx context.Context, to types.JID, info *types.MessageInfo, msg *waE2E.Message) (*waE2E.Message, error) {
	forwarded, err := message.Forward(msg)
	if err != nil {
		return nil, err
	}
	media := MediaIn(forwarded)
	if to.Server == types.NewsletterServer || len(media.GetMediaKey()) == 0 {
		return nil, errors.New("media of a channel is not encrypted, and that of other chats is: download it and use SendMedia")
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
		return nil, fmt.Errorf("%w: with info the phone can be asked for it", fetch.ErrExpired)
	case !there:
		if path, err = c.bringBack(info, media.GetMediaKey())(ctx); err != nil {
			return nil, fmt.Errorf("%w: %w", fetch.ErrExpired, err)
		}
	}
	message.Move(forwarded, fetch.ForwardedPath(path, time.Now()))
	return forwarded, nil
}
