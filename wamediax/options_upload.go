package wamediax

import "time"

// WithMediaKey encrypts under key, 32 bytes that are secret and random, in place of a fresh one. A key must never be used
// for two different plaintexts; the thumbnail of a sticker pack, which shares the pack's, is the one exception.
// Any other length is [streamenc.ErrKeySize]. The key is copied.
func WithMediaKey(key []byte) EncryptionOption {
	key = append([]byte{}, key...)
	return encryptionOption(func(s *encryption) { s.mediaKey = key })
}

// WithSidecar says whether to make the streaming sidecar, with which a player can verify and play while it still downloads.
// Without this option audio and video get one, as from WhatsApp Web.
func WithSidecar(on bool) EncryptionOption {
	return encryptionOption(func(s *encryption) { s.sidecar = &on })
}

// WithKind says what people will see the media as, where its media type leaves that open: a voice message or other audio, a
// sticker or an image. Newsletters have a path for each kind. The kind must be one of the upload's media type.
func WithKind(kind Kind) EncryptionOption {
	return encryptionOption(func(s *encryption) { s.kind = kind })
}

// WithResumeID names this upload in the resume store ([WithResumeStore]), so that the same media under the same name goes
// on from where it was, also after a restart of the program. A regular file needs no name: its path is one. Without a store
// it does nothing. What is uploaded under a name may change: it is compared by its hash.
func WithResumeID(id string) UploadOption {
	return uploadOption(func(s *uploadSettings) { s.resumeID = id })
}

// ForNewsletter uploads for a channel: nothing is encrypted. Send the message with [Uploaded].Handle as MediaHandle in
// [whatsmeow.SendRequestExtra].
func ForNewsletter() UploadOption {
	return uploadOption(func(s *uploadSettings) { s.newsletter = true })
}

// WithLiveChunk sets the size of the chunks in which [Client.UploadLive] sends, in bytes: 1 MiB. It is rounded up to a
// multiple of 16, and 1 GiB at most. Smaller ones leave earlier, larger ones make fewer requests; at most two are held in
// memory.
func WithLiveChunk(bytes int64) LiveOption {
	return liveOption(func(s *liveSettings) { s.chunk = (min(max(bytes, 1), 1<<30) + 15) / 16 * 16 })
}

// WithSpoolFallback says whether [Client.UploadLive] goes on as an ordinary upload where the service does not know live
// ones. It does unless this is off; then the error is the live upload's: [resume.ErrLiveUnsupported] at the first chunk.
func WithSpoolFallback(on bool) LiveOption {
	return liveOption(func(s *liveSettings) { s.fallback = on })
}

// WithParallelism sets how many items of a bulk run are at work at a time: 8. Each may take memory as an upload of its own
// does: see [WithSpoolMemory]. [WithMaxParallel] is a limit for everything that the client uploads, and applies as well.
func WithParallelism(n int) BulkOption {
	return bulkOption(func(s *bulkSettings) { s.parallelism = max(1, n) })
}

// WithRecheck sets how long after the CDN confirmed an object [Client.UploadAll] asks it again: 24 h. Asking costs a request
// and no byte, and finds what the CDN has dropped, which is then sent anew. 0: always.
func WithRecheck(after time.Duration) UploadAllOption {
	return uploadAllOption(func(s *uploadAllSettings) { s.recheck = after })
}

// WithDryRun has [Client.UploadAll] report what it would send, and send nothing; the socket is not needed. What the resume
// store does not know is read and hashed. The outcomes then have hash, size and MIME type of the content, and where it is only
// if that is known; [DeliverySent] means that it would be sent, or the CDN be asked at least.
func WithDryRun() UploadAllOption {
	return uploadAllOption(func(s *uploadAllSettings) { s.dryRun = true })
}
