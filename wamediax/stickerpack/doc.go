// Package stickerpack publishes sticker packs, and takes them apart again.
//
//	pack := &stickerpack.Pack{
//		ID: "4fd4787a-6411-4116-acde-53cc59b95de5", Name: "Cats", Publisher: "me",
//		Stickers: []stickerpack.Sticker{{WebP: cat, Emojis: []string{"😺"}}, …},
//	}
//	msg, err := stickerpack.Publish(ctx, client, pack)
//	…
//	_, err = client.SendMessage(ctx, chat, &waE2E.Message{StickerPackMessage: msg})
//
// # When to use which
//
//	Publish              for chats and groups: one upload, one message for any number of them
//	PublishNewsletter    for newsletters, whose media is not encrypted
//	Pack.Validate        before that: all that keeps a pack from being published, at once
//	Pack.Warnings        what phones may not like
//	Download             the pack that somebody sent
//	DownloadThumbnail    its preview alone
//	DownloadStore        a pack of the app's own store
//	Pack.Save            a pack into a folder
//
// Pictures that are no stickers yet are a matter of package convert, which brings Google's WebP encoder along. Tray icon
// and thumbnail are made here where the caller gives none, with a small encoder in Go (github.com/HugoSmits86/nativewebp).
//
// # What is uploaded
//
// A pack goes up as one zip, in which each distinct sticker is stored once, as it is, under its SHA-256, and the tray icon
// under the pack's ID; and a JPEG beside it, under the same media key, since the message has room for one. The zip is never
// made as a whole: it is read from where the stickers lie, twice, while it is uploaded. The same pack always gives the
// same zip.
//
// # What SendMessage does not say
//
// WhatsApp's own clients label the stanza of a sticker pack with type "media", and what is encrypted in it with mediatype
// "sticker_pack". whatsmeow does not know that kind of message: its SendMessage says type "text" and no mediatype. The
// message inside is the same, and that is what clients show; the labels are there for the server, which for example tells
// the push notification by them.
//
// whatsmeow has no hook for the labels. SendRequestExtra adds nodes beside the message, not attributes to it, and a message of
// another kind that whatsmeow does label would not be the pack's. The stanza is available before it is sent
// (DangerousInternals().PrepareMessageNode), but preparing it moves the state of the Signal sessions with all recipients, and
// the lock that keeps two sends from doing so at once (Client.messageSendLock) is SendMessage's own: a stanza prepared beside it
// could break the sessions of any other message. Besides, addressing, privacy and reporting tokens would have to be copied from
// SendMessage, and whatsmeow would label a resent message by itself again.
//
// So the fix belongs in whatsmeow. This change to its send.go is all that it takes: a message with a media type gets type
// "media" as well.
//
//	 func getMediaTypeFromMessage(msg *waE2E.Message) string {
//	 …
//	 	case msg.StickerMessage != nil:
//	 		return "sticker"
//	+	case msg.StickerPackMessage != nil:
//	+		return "sticker_pack"
//	 	case msg.DocumentMessage != nil:
//	 		return "document"
//
// It has not been offered there yet. A test of this package fails as soon as whatsmeow knows sticker packs. Until then
// SendMessage works, with the labels of a text.
package stickerpack
