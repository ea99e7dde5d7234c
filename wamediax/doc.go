// Package wamediax gives a [whatsmeow.Client] better media. Uploads of any size
// run in constant memory, without a temporary file, and survive broken
// connections, dead hosts, stale tokens and, with a store, a restart of the
// program. Downloads resume where they stopped, and ask the phone for media
// that the hosts no longer have.
//
//	client := wamediax.Wrap(whatsmeow.NewClient(device, log))
//	up, err := client.UploadMedia(ctx, file, whatsmeow.MediaVideo)
//	// handle err
//	_, err = client.SendMessage(ctx, chat, &waE2E.Message{VideoMessage: up.VideoMessage()})
//
// Everything else in the wrapped client works as before. The package opens no
// second connection: it uses the client's WhatsApp socket.
//
// # When to use which
//
//	you have                                    use
//	code that calls Upload, UploadReader …      Wrap: the calls stay as they are
//	a file, a bytes.Reader                      UploadMedia: read in place, nothing stored
//	a pipe, an HTTP body, any other stream      UploadMedia: read once, spooled encrypted
//	a recording, a running transcoder           UploadLive: sent while it is produced, nothing stored
//	a folder of media, sent again and again     UploadAll: each content once, later only what has changed
//	media, and a chat to send it to             SendMedia: kind, upload, message and preview in one call
//	several pictures and videos                 SendAlbum
//	a message whose media goes to another chat  ForwardMedia: no download, no upload
//	pictures for a business catalog             package productimg: unencrypted, checked, in bulk
//	a cover photo for a business profile        UploadCoverPhoto, SetCoverPhoto
//	a message's media, for a file               DownloadFile: complete and verified, or no file
//	a message's media, for memory               DownloadBytes
//	a message's media, for a pipe or a hash     DownloadTo: verified only when it has returned
//	a message's media, to read in parts         OpenMedia: fetched as it is read
//	old media that may have expired             any of these four with WithReupload
//	a message that may contain media            MediaIn; StoredMedia to keep it in a database
//	media, but no session                       package fetch
//	media to preview                            packages preview, preview/voice and linkpreview
//
// # What an upload does when things go wrong
//
// Package [resume] has the details. In short, an upload never sends bytes again
// that a host holds, and tries hosts in the order in which WhatsApp lists them.
// All uploads that share a stale token refresh it once. An error names each
// host and what it answered. If the WhatsApp socket is down when media hosts
// must be looked up, calls wait up to 30 seconds for it.
//
// # Secrets
//
// Errors and log lines of this package contain no media keys or auth tokens.
// (whatsmeow's own debug log prints whole stanzas, including tokens.) A
// temporary file contains only ciphertext, except for channel and catalog
// media, which WhatsApp does not encrypt. It has mode 0600 and, where the
// system allows it, is unlinked as soon as it is open. A resume store contains
// media keys: see [WithResumeStore].
package wamediax
