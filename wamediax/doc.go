// Package wamediax gives a [whatsmeow.Client] better media: uploads of any size in constant memory, without a temporary
// file, that survive broken connections, dead hosts, stale tokens and, with a store, a restart of the program; downloads that
// go on where they broke off, and that ask the phone for what the media hosts no longer have.
//
//	client := wamediax.Wrap(whatsmeow.NewClient(device, log))
//	up, err := client.UploadMedia(ctx, file, whatsmeow.MediaVideo)
//	// handle err
//	_, err = client.SendMessage(ctx, chat, &waE2E.Message{VideoMessage: up.VideoMessage()})
//
// Everything else of the wrapped client is there as before. No second connection is opened: what has to go over the
// WhatsApp socket goes over the client's own.
//
// # When to use which
//
//	you have                                    use
//	code that calls Upload, UploadReader …      Wrap alone: the calls stay, the behaviour is better
//	a file, a bytes.Reader                      UploadMedia: read in place, nothing stored
//	a pipe, an HTTP body, any other stream      UploadMedia: read once, spooled encrypted until it is sent
//	a recording, a transcoder at work           UploadLive: sent while it is being made, nothing stored
//	a folder of media, sent again and again     UploadAll: each content once, next time only what has changed
//	media, and a chat to send it to             SendMedia: kind, upload, message and preview in one call
//	pictures and videos that belong together    SendAlbum
//	a message whose media goes to another chat  ForwardMedia: no byte comes through the program
//	pictures for a business catalog             package productimg: not encrypted, checked, thousands at once
//	a picture for the top of a business profile UploadCoverPhoto, SetCoverPhoto
//	a message's media, wanted in a file         DownloadFile: there whole and verified, or not at all
//	the same, wanted in memory                  DownloadBytes
//	the same, wanted in a pipe or a hash        DownloadTo: not verified before it has returned
//	the same, wanted in parts, or to be served  OpenMedia: fetched as it is read
//	old media that may have expired             any of these four with WithReupload
//	whatever contains the media                 MediaIn; StoredMedia to keep it in a database
//	media without a session                     package fetch
//	what people see before they open it         packages preview, preview/voice and linkpreview
//
// # What an upload does when things go wrong
//
// Package [resume] says it in full. In short: bytes that a host holds are not sent again, hosts are tried in the order that
// WhatsApp gives them, a token that has gone stale is refreshed once for all uploads that held it, and an error names each
// host with its reason. A socket that is down when the media hosts have to be asked for is waited for, up to 30 seconds.
//
// # Secrets
//
// Media keys and auth tokens are in no error and in no log line of this package. (whatsmeow's own debug log prints whole
// stanzas, tokens included.) Where a plain stream has to be spooled to a temporary file, that file holds ciphertext alone,
// has mode 0600, and loses its name as soon as it is open where the system allows it. (Media that WhatsApp does not encrypt,
// for newsletters and catalogs, is spooled as it is.) A resume store holds media keys: see [WithResumeStore].
package wamediax
