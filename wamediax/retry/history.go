package retry

import (
	"bytes"
	"context"
	"fmt"

	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"
	"google.golang.org/protobuf/proto"
)

// HistoryResult is the phone's answer about a blob of chat history. Check Status: a failure that
// the phone reports is a result, not an error.
type HistoryResult struct {
	Status Status
	// Notification has the blob's new path and media key if Status is Success. The blob may be a
	// new one; download it in place of the old one. The caller owns the notification.
	Notification *waE2E.HistorySyncNotification
}

// RequestHistory asks the phone to upload an expired blob of chat history again, and waits for its
// answer. notif is the notification in the message with this id. Timeout, reminders and errors are
// those of [Requester.Request].
//
// The receipt is that of WhatsApp Web and of whatsmeow's SendHistorySyncServerErrorReceipt: its
// category is peer, and it names no chat. How the phone answers is not known for sure, so
// RequestHistory accepts two answers: a media retry notification with a new path, like for other
// media; and a new history sync notification from this account that names the message as its
// original, or has the same media key or content. whatsmeow passes the latter to the program's
// event handlers as well, and downloads it itself unless the client's ManualHistorySyncDownload is
// set.
func (r *Requester) RequestHistory(ctx context.Context, id types.MessageID, notif *waE2E.HistorySyncNotification) (HistoryResult, error) {
	req := Request{MessageID: id, FromMe: true, MediaKey: notif.GetMediaKey(), history: proto.CloneOf(notif)}
	if r.cli != nil {
		req.Chat = plain(r.cli.Store.GetJID())
	}
	msg, err := r.examine(ctx, addressBook{cli: r.cli}, req)
	if err != nil {
		return HistoryResult{}, describe(err, req)
	}
	msg.history = true
	result, err := r.ask(ctx, msg, req)
	if err != nil || result.Status != Success {
		return HistoryResult{Status: result.Status}, err
	}
	if result.history != nil { // shared by all callers and whatsmeow's event
		return HistoryResult{Status: Success, Notification: proto.CloneOf(result.history)}, nil
	}
	found := proto.CloneOf(notif)
	found.DirectPath = &result.DirectPath
	return HistoryResult{Status: Success, Notification: found}, nil
}

// repeats reports whether notif, from the message with this id, announces a new upload of the blob
// that q asked for.
func (q *flight) repeats(id types.MessageID, notif *waE2E.HistorySyncNotification) bool {
	was := q.req.history
	switch {
	case was == nil || id == q.id: // not about history, or the original notification again
		return false
	case notif.GetOriginalMessageID() != "":
		return notif.GetOriginalMessageID() == q.id
	default:
		return bytes.Equal(notif.GetMediaKey(), was.GetMediaKey()) ||
			len(was.GetFileSHA256()) > 0 && bytes.Equal(notif.GetFileSHA256(), was.GetFileSHA256())
	}
}

// historyResult returns the result that a notification stands for.
func historyResult(notif *waE2E.HistorySyncNotification) (Result, error) {
	if notif.InitialHistBootstrapInlinePayload == nil && (notif.GetDirectPath() == "" || notif.GetDirectPath()[0] != '/') {
		return Result{}, fmt.Errorf("%w: history sync notification has neither a payload nor a direct path", ErrInvalidAnswer)
	}
	return Result{Status: Success, DirectPath: notif.GetDirectPath(), history: notif}, nil
}
