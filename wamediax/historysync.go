package wamediax

import (
	"context"
	"errors"
	"fmt"

	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/proto/waHistorySync"
	"go.mau.fi/whatsmeow/types"
	"google.golang.org/protobuf/proto"

	"github.com/wamediax/whatsmeow-ext/wamediax/fetch"
	"github.com/wamediax/whatsmeow-ext/wamediax/retry"
)

// DownloadHistorySync is [whatsmeow.Client.DownloadHistorySync] for clients with
// ManualHistorySyncDownload. It downloads the history blob like [Client.DownloadBytes]; whatsmeow
// parses and stores it. With [WithReupload] and the info of the message that contained notif, it
// asks the phone for a blob that the hosts no longer have:
//
//	history, err := client.DownloadHistorySync(ctx, notif, true, wamediax.WithReupload(&evt.Info))
//
// The phone may then upload a different blob under a different key. The errors are those of
// DownloadBytes. With WithReupload, call it in a goroutine and not in an event handler. See
// [retry.Requester.RequestHistory].
func (c *Client) DownloadHistorySync(
	ctx context.Context, notif *waE2E.HistorySyncNotification, synchronousStorage bool, opts ...DownloadOption,
) (*waHistorySync.HistorySync, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	if notif == nil {
		return nil, errors.New("failed to download history: notification is nil")
	}
	if notif.InitialHistBootstrapInlinePayload == nil {
		var err error
		if notif, err = c.withHistory(ctx, notif, opts); err != nil {
			return nil, err
		}
	}
	return c.Client.DownloadHistorySync(ctx, notif, synchronousStorage)
}

// withHistory returns a copy of notif that contains the downloaded blob.
func (c *Client) withHistory(ctx context.Context, notif *waE2E.HistorySyncNotification, opts []DownloadOption) (*waE2E.HistorySyncNotification, error) {
	var s downloadSettings
	apply(opts, func(opt DownloadOption) { opt.download(&s) })
	// since the phone may answer with another blob: see below
	inPlace := append(opts[:len(opts):len(opts)], WithReupload(nil))
	blob, _, err := c.DownloadBytes(ctx, notif, inPlace...)
	var expired *fetch.ExpiredError
	if errors.As(err, &expired) && s.reupload != nil {
		if notif, err = c.historyAgain(ctx, s.reupload.ID, notif); err != nil {
			expired.Asked, expired.Err = true, err
			return nil, fmt.Errorf("failed to download history: %w", expired)
		}
		if notif.InitialHistBootstrapInlinePayload != nil {
			return notif, nil
		}
		blob, _, err = c.DownloadBytes(ctx, notif, inPlace...)
	}
	if err != nil {
		return nil, fmt.Errorf("failed to download history: %w", err)
	}
	notif = proto.CloneOf(notif)
	notif.InitialHistBootstrapInlinePayload = blob
	return notif, nil
}

// historyAgain asks the phone to upload the history of notif again. id is that of the message with
// notif.
func (c *Client) historyAgain(ctx context.Context, id types.MessageID, notif *waE2E.HistorySyncNotification) (*waE2E.HistorySyncNotification, error) {
	ctx, end, err := c.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer end()
	result, err := c.requester.RequestHistory(ctx, id, notif)
	return result.Notification, phoneError(result.Status, err)
}

// phoneError returns why the phone could not help, or nil if it did.
func phoneError(status retry.Status, err error) error {
	switch {
	case errors.Is(err, retry.ErrTimeout):
		return fmt.Errorf("%w: %w", ErrPhoneSilent, err)
	case err != nil:
		return fmt.Errorf("failed to ask the phone: %w", err)
	case status != retry.Success:
		return &PhoneError{status}
	}
	return nil
}
