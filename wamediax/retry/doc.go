// Package retry asks the phone for media that is gone from WhatsApp's media hosts.
//
// The hosts drop media after some weeks; a download ends with 404, 410 or 403 then. The account's phone often still has the
// file, and uploads it again when a linked device asks. One call does that, on any *whatsmeow.Client:
//
//	requester := retry.New(client) // once per client
//	defer requester.Close()
//
//	img := evt.Message.GetImageMessage()
//	result, err := requester.Request(ctx, retry.RequestFor(&evt.Info, img.GetMediaKey()))
//	switch {
//	case errors.Is(err, retry.ErrTimeout):
//		// the phone is offline: try again another day
//	case err != nil:
//		return err
//	case result.Status == retry.Success:
//		img.DirectPath = &result.DirectPath
//		data, err = client.Download(ctx, img)
//	default:
//		log.Infof("The phone says: %s", result.Status)
//	}
//
// # When to use which
//
//	wamediax DownloadTo …, WithReupload   to download; it asks the phone by itself when that is needed
//	Requester.Request                     one message, where the program itself handles what comes of it
//	Requester.RequestAll                  a chat's history: many messages, some at a time
//	Requester.RequestHistory              a blob of chat history, for wamediax's DownloadHistorySync
//	whatsmeow's SendMediaRetryReceipt     to ask without waiting, and to handle *events.MediaRetry oneself
//
// # Not within an event handler
//
// whatsmeow calls event handlers one after the other, and the phone's answer
// is an event. A handler must call Request in a goroutine, and must not wait
// for it: the answer would wait for the handler while the handler waits for
// the answer. Request returns [ErrInEventHandler] where it can see that.
//
//	client.AddEventHandler(func(evt any) {
//		if msg, ok := evt.(*events.Message); ok {
//			go recoverMedia(ctx, requester, msg)
//		}
//	})
//
// New and Close take the lock that is held while handlers run, and must not
// be called in a handler either.
//
// # A phone that is offline
//
// A request waits 30 s for an answer ([WithTimeout]). After three requests in
// a row without one, the phone is taken for offline: requests then fail at
// once with [ErrTimeout], except for one per minute, until the phone answers
// anything ([WithSilenceLimit]). WhatsApp keeps receipts for a phone that is
// offline, so it usually answers as soon as it is back.
//
// # What happens on the wire
//
// The client sends a receipt of type server-error to its own account. It names the message in the open, by id, chat and, in
// groups, broadcast lists and status, by participant; and once more encrypted under a key that is made of the message's
// media key. The phone answers with a notification of type mediaretry, encrypted in the same way: success and the path, or
// one of three failures. Failures may come as a bare error code, too. All of this may fail to arrive, or arrive late or twice.
// So this package
//
//   - waits before it sends, since the phone can be faster than the call that sends;
//   - sends the receipt again half-way through the time (see [WithReminder]), and whenever the client has logged in anew: what
//     was written to a socket that broke may be lost, and whatsmeow does not say. A phone that gets it twice answers twice;
//   - takes for the answer what decrypts under the message's media key, whatever chat it names, since only the phone has that
//     key besides us. For a bare code it compares message id, chat and sender, where the LID and the phone number of a person
//     are the same: either may be in the request and the other one in the answer (whatsmeow's Store.LIDs knows both);
//   - names people by LID when the account's chats have moved to LIDs, as WhatsApp Web does (see [WithAddressing]);
//   - lets everyone who asks for the same message wait for the same answer, as WhatsApp Web does.
//
// # What it cannot tell
//
// Who sent a bare error code: whatsmeow does not pass on the notification's from, and nothing in a code is authenticated. WhatsApp's
// servers could make a request fail in this way, but not make it succeed. Nor does NotFound mean that the original path
// is dead: the phone knows what it has, not what the hosts have.
//
// Media of newsletters is not encrypted, so that nothing can be asked for: [ErrNewsletter].
//
// Nothing is logged. Errors name messages and chats; media keys are in none of them.
package retry
