package retry

import (
	"bytes"
	"context"
	"fmt"

	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"
	"google.golang.org/protobuf/proto"
)

// HistoryResult is the phone's answer about a blob of chat history. A failure that the phone reports is a result, too: look at
// Status.
type HistoryResult struct {
	Status Status
	// Notification says where the blob is now, and under which media key, if Status is Success. The phone may have made a new
	// blob. Download it in place of the one that was asked for.
	Notification *waE2E.HistorySyncNotification
}

// RequestHistory asks the phone to upload a blob of chat history again, which has expired on the media hosts, and waits for its
// answer. notif is the notification that came with the message of this id. Waiting, reminders, and errors are those of
// [Requester.Request].
//
// The receipt is WhatsApp Web's and whatsmeow's SendHistorySyncServerErrorReceipt: of category peer, without a chat. It is not
// known for sure how the phone answers, so two answers are understood: one as to any other media, with a new path; and a new
// history sync notification from the account itself that names the message as its original, or has the same media key or
// content. whatsmeow hands the latter to the program's event handlers as well, and unless the client's
// ManualHistorySyncDownload is set it also downloads that by itself.
func (r *Requester) RequestHistory(ctx context.Context, id types.MessageID, notif *waE2E.HistorySyncNotification) (HistoryResult, error) {
	req := Request{MessageID: id, FromMe: true, MediaKey: notif.GetMediaKey(), history: proto.CloneOf(notif)}
	if r.cli != nil {
		req.Chat = plain(r.cli.Store.GetJID())
	}
	msg, err := r.examine(ctx, people{cli: r.cli}, req)
	if err != nil {
		return HistoryResult{}, describe(err, req)
	}
	msg.history = true
	result, err := r.ask(ctx, msg, req)
	if err != nil || result.Status != Success {
		return HistoryResult{Status: result.Status}, err
	}
	found := result.history
	if found == nil {
		found = proto.CloneOf(notif)
		found.DirectPath = &result.DirectPath
	}
	return HistoryResult{Status: Success, Notification: found}, nil
}

// repeats reports whether notif, which came with the message of this id, says that what q asked for is there again.
func (q *question) repeats(id types.MessageID, notif *waE2E.HistorySyncNotification) bool {
	was := q.req.history
	switch {
	case was == nil || id == q.id: // not about history, or the notification itself, delivered late or once more
		return false
	case notif.GetOriginalMessageID() != "":
		return notif.GetOriginalMessageID() == q.id
	default:
		return bytes.Equal(notif.GetMediaKey(), was.GetMediaKey()) ||
			len(was.GetFileSHA256()) > 0 && bytes.Equal(notif.GetFileSHA256(), was.GetFileSHA256())
	}
}

// historyResult makes the result of a notification.
func historyResult(notif *waE2E.HistorySyncNotification) (Result, error) {
	if notif.InitialHistBootstrapInlinePayload == nil && (notif.GetDirectPath() == "" || notif.GetDirectPath()[0] != '/') {
		return Result{}, fmt.Errorf("%w: history sync notification has neither a payload nor a direct path", ErrInvalidAnswer)
	}
	return Result{Status: Success, DirectPath: notif.GetDirectPath(), history: notif}, nil
}
