// Package retry asks the phone to upload media again that WhatsApp's media
// hosts no longer have.
//
// The hosts delete media after some weeks. Downloads then fail with status
// 404, 410 or 403. The account's phone often still has the file, and uploads it
// again when a linked device asks. One call does that, on any
// *whatsmeow.Client:
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
//		log.Infof("Phone did not upload the media: %s", result.Status)
//	}
//
// # When to use which
//
//	wamediax DownloadTo …, WithReupload   download; asks the phone when necessary
//	Requester.Request                     one message, if the program handles the result itself
//	Requester.RequestAll                  many messages, such as a chat's, several at a time
//	Requester.RequestHistory              a blob of chat history; wamediax's DownloadHistorySync uses it
//	whatsmeow's SendMediaRetryReceipt     ask without waiting, and handle *events.MediaRetry yourself
//
// # Event handlers
//
// whatsmeow calls event handlers one after the other, and the phone's answer
// is an event. A handler that waits for a request therefore blocks the answer.
// Call Request in a goroutine that the handler does not wait for. Request
// returns [ErrInEventHandler] if it detects a call from a handler.
//
//	client.AddEventHandler(func(evt any) {
//		if msg, ok := evt.(*events.Message); ok {
//			go recoverMedia(ctx, requester, msg)
//		}
//	})
//
// New and Close take the lock that whatsmeow holds while handlers run, so they
// must not be called from a handler either.
//
// # Offline phones
//
// A request waits 30 s for an answer ([WithTimeout]). After three requests in
// a row without one, the phone is considered offline: all but one request per
// minute then fail at once with [ErrTimeout], until the phone answers any of
// them ([WithSilenceLimit]). WhatsApp's servers keep receipts for an offline
// phone, so it usually answers once it is back.
//
// # Protocol
//
// The client sends a receipt of type server-error to its own account. The
// receipt names the message twice: in plain text by id, chat and (in groups,
// broadcast lists and status) participant, and encrypted with a key derived
// from the message's media key. The phone answers with a notification of type
// mediaretry, encrypted in the same way: success and the path, or one of three
// failures. A failure may also be a bare error code. Each of these may be lost,
// late, or repeated. This package therefore
//
//   - listens for the answer before it sends, as the phone can answer before
//     the call that sends returns;
//   - sends the receipt again after half of the timeout ([WithReminder]), and
//     after every login: data written to a broken socket may be lost without
//     an error from whatsmeow. A phone that gets the receipt twice answers
//     twice;
//   - accepts any answer that decrypts with the message's media key, whatever
//     chat it names, since only the phone has that key. For a bare code it
//     compares message id, chat and sender. A person's LID and phone number
//     count as equal, as either may be in the request and the other in the
//     answer (whatsmeow's Store.LIDs maps them);
//   - names people by LID once the account's chats have moved to LIDs, like
//     WhatsApp Web ([WithAddressing]);
//   - shares one receipt and its answer among all callers that ask for the same
//     message, like WhatsApp Web.
//
// # Limits
//
// A bare error code is not authenticated, and whatsmeow does not pass on its
// sender. WhatsApp's servers could use one to make a request fail, but not to
// make it succeed. NotFound does not mean that the original path is dead: the
// phone knows what it has itself, not what the hosts have.
//
// Media of newsletters is not encrypted, so it cannot be requested:
// [ErrNewsletter].
//
// This package logs nothing. Its errors name messages and chats, and never
// contain media keys.
package retry
