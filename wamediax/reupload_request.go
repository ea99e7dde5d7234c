package wamediax

import (
	"go.mau.fi/whatsmeow/types"

	"github.com/wamediax/whatsmeow-ext/wamediax/retry"
)

// WithReuploadRequest is [WithReupload] for programs that stored messages: req has what they know of the message that the
// media is in. Its MediaKey may be left out, because the message or [StoredMedia] that is downloaded has it; that one is used
// in any case. Of this option and WithReupload the last one applies.
func WithReuploadRequest(req retry.Request) DownloadOption {
	return WithReupload(&types.MessageInfo{
		ID:            req.MessageID,
		MessageSource: types.MessageSource{Chat: req.Chat, Sender: req.Participant, IsFromMe: req.FromMe},
	})
}
