// Package stickerpack publishes, downloads and saves sticker packs.
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
//	Publish              for chats and groups: uploads once, returns one message for any number of chats
//	PublishNewsletter    for newsletters, whose media is not encrypted
//	Pack.Validate        to list every rule that a pack breaks, before publishing
//	Pack.Warnings        to list what phones may display badly
//	Pack.Split           to make two packs from static and animated stickers
//	Download             to get a pack from a received message
//	DownloadThumbnail    to get only its preview
//	DownloadStore        to get a pack from the app's own store
//	Pack.Save            to write a pack to a directory
//
// To turn ordinary pictures into stickers, use package convert, which links
// Google's WebP encoder. If a pack has no tray icon or thumbnail, this package
// makes them with a small pure Go encoder (github.com/HugoSmits86/nativewebp).
//
// # What is uploaded
//
// Publish uploads two files under one media key, because the message has only
// one key field: a zip and a JPEG thumbnail. The zip stores each distinct
// sticker once and unchanged, named after its SHA-256, and the tray icon, named
// after the pack's ID. The complete zip never exists in memory or on disk:
// Publish streams it from the stickers' sources and reads each source several
// times. The same pack always gives the same zip.
//
// # Limits of SendMessage
//
// For a sticker pack, WhatsApp's own clients send a stanza of type "media" and
// set mediatype "sticker_pack" on its encrypted nodes. whatsmeow's SendMessage
// does not know this kind of message: it sends type "text" and no mediatype.
// The message inside is the same, so recipients see the pack. The labels are
// for the server, which uses them for push notifications, for example.
//
// whatsmeow has no hook for the labels. SendRequestExtra adds nodes beside the
// message, but no attributes. DangerousInternals().PrepareMessageNode returns
// the stanza before it is sent, but it also advances the Signal sessions with
// all recipients, and only SendMessage holds the lock that serializes this
// (Client.messageSendLock). A stanza prepared concurrently could corrupt those
// sessions. The caller would also have to copy the handling of addressing,
// privacy and reporting tokens, and whatsmeow would still label a resent
// message as text.
//
// So the fix belongs in whatsmeow. This change to its send.go is enough,
// because whatsmeow gives every message with a media type the type "media":
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
// It has not been proposed there yet. A test of this package fails as soon as
// whatsmeow supports sticker packs. Until then SendMessage works, with the
// labels of a text message.
package stickerpack
