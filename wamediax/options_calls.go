package wamediax

import (
	"time"

	"go.mau.fi/whatsmeow/types"

	"github.com/wamediax/whatsmeow-ext/wamediax/fetch"
	"github.com/wamediax/whatsmeow-ext/wamediax/resume"
)

// WithProgress calls report as a transfer goes on: at the beginning of each stage and attempt, at the end, and at most ten
// times a second in between; never after the transfer has returned. The reports of one call come one at a time, those of a
// bulk run included; as an option of Wrap, report is called by all transfers, also at the same time. It must not block for
// long: the transfer waits for it.
func WithProgress(report func(Progress)) TransferOption {
	return transferOption(func(t *transfer) { t.progress = report })
}

// WithStallTimeout sets how long a host may take or send no byte before the attempt ends: 30 s. Time that the source or the
// destination takes does not count.
func WithStallTimeout(d time.Duration) TransferOption {
	return bothWays(resume.WithStallTimeout(d), fetch.WithStallTimeout(d))
}

// WithMaxElapsed sets how long a transfer goes on without progress: 5 min. Every host is tried at least once, and while bytes
// move a transfer never gives up.
func WithMaxElapsed(d time.Duration) TransferOption {
	return bothWays(resume.WithMaxElapsed(d), fetch.WithMaxElapsed(d))
}

// WithMaxAttempts sets after how many attempts in a row without progress a transfer gives up, though never before each host
// was tried once. 0, the default: as many as [WithMaxElapsed] leaves time for.
func WithMaxAttempts(n int) TransferOption {
	return bothWays(resume.WithMaxAttempts(n), fetch.WithMaxAttempts(n))
}

// WithBackoff sets the first and the longest pause after all hosts have failed: 1 s and 30 s. Pauses double, and are spread at
// random by half their length.
func WithBackoff(first, max time.Duration) TransferOption {
	return bothWays(resume.WithBackoff(first, max), fetch.WithBackoff(first, max))
}

// WithThreshold sets from which object size on, in bytes, an upload asks a host what it holds before it sends the first byte:
// 5 MiB, as in WhatsApp Web. After an attempt on which bytes moved it always does.
func WithThreshold(bytes int64) SendingOption { return sendingOption(resume.WithThreshold(bytes)) }

// WithFinerPaths uploads stickers, GIFs, voice messages and video notes to paths of their own ("/mms/ptt"), as WhatsApp Web
// does, and not with images, videos and audio. [WithKind] says what they are. A host that has no such path gets the media at
// the usual one. Both work, as far as is known; use this to look like WhatsApp Web.
func WithFinerPaths() SendingOption {
	return transferOption(func(t *transfer) { t.finer = true })
}

// WithPieces sends an object of more than so many bytes as several requests of that size, each of which can be resumed. Use it
// where a proxy limits the size of a single request. WhatsApp Web does so with documents, in pieces of 50 MiB (50<<20). A host
// that refuses the first piece gets the object in one request. 0, the default: every object goes in one.
func WithPieces(bytes int64) SendingOption { return sendingOption(resume.WithPieces(bytes)) }

// WithAnswerTimeout sets how long a host may take to answer once it has the last byte of an upload, or to answer a probe:
// 60 s.
func WithAnswerTimeout(d time.Duration) SendingOption {
	return sendingOption(resume.WithAnswerTimeout(d))
}

// WithLimit sets how many bytes of plaintext a download accepts; more is [cdn.ErrTooLarge]. Of several limits, for all
// downloads and for this one, the least applies, and so does the length in the message. 0 sets none. Without any limit
// [Client.DownloadBytes] accepts 256 MiB and the others any size.
func WithLimit(bytes int64) ReceivingOption { return receivingOption(fetch.WithLimit(bytes)) }

// WithoutPlaintextHash accepts encrypted media whose MAC and ciphertext hash are right and whose plaintext hash is not, as
// WhatsApp's own apps do. Without it such media is [whatsmeow.ErrInvalidMediaSHA256].
func WithoutPlaintextHash() ReceivingOption { return receivingOption(fetch.WithoutPlaintextHash()) }

// WithMediaKey encrypts under key, 32 bytes that are secret and random, in place of a fresh one. A key must never be used
// for two different plaintexts; a thumbnail that shares the key of its sticker pack, video or document is the one exception.
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

// WithFreshFor makes no request for media that the CDN has confirmed less than d ago, as the resume store knows
// ([WithResumeStore]): the object is taken to be there still. 0, the default: a host is always asked, which takes one round trip
// and no byte, and finds out if the object is gone. A call that makes no request does not count as a confirmation.
//
// WhatsApp Web trusts its memory for 2 days and up to 24 h more, at random. This package does not by default: people who are
// sent a path to nothing have to ask the sender's phone for the media, and the phone of a bot does not have it.
//
// [Client.UploadAll] has [WithRecheck] for this; as an option of Wrap this one does not apply to it.
func WithFreshFor(d time.Duration) RecallOption {
	return transferOption(func(t *transfer) { t.freshFor = d })
}

// ForNewsletter uploads for a channel: nothing is encrypted, and anyone can download it. Send the message with
// [Uploaded].Handle as MediaHandle in [whatsmeow.SendRequestExtra]. Say with [WithKind] what it is, where the media type leaves
// that open. [Client.DownloadTo] and the like take such media by its direct path and without a key, and check its SHA-256.
//
// UploadMedia always asks a host first whether it has the media: without a key of its own, anyone may have sent it before.
func ForNewsletter() UploadOption {
	return uploadOption(func(s *uploadSettings) { s.newsletter = true })
}

// WithoutURL leaves [Uploaded].URL empty, and so the messages that it makes have a direct path alone. Sources disagree on
// whether a channel's message may have a URL: whatsmeow's own example sets it, as this package does without this option, and
// some programs saw such messages rejected (error 479) and leave it out.
func WithoutURL() UploadOption {
	return uploadOption(func(s *uploadSettings) { s.withoutURL = true })
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

// WithPace lets the items of a bulk run begin one after the other, one per interval on average, up to half an interval late: a
// burst after linking is not what people do. 500 ms is a good value. Items that the resume store knows do not wait, and
// a dry run has no pace. 0, the default: none.
func WithPace(interval time.Duration) BulkOption {
	return bulkOption(func(s *bulkSettings) { s.pace = interval })
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

type downloadSettings struct {
	transfer
	reupload *types.MessageInfo // nil: the phone is not asked
}

type downloadOption func(*downloadSettings)

func (o downloadOption) download(s *downloadSettings) { o(s) }

// WithReupload has the phone asked for media that the hosts no longer have, as they do not have most old media; the download
// then goes on from where the phone has put it. info is the message's, as it came with the event; the phone finds it by that.
// The new path is in [Downloaded].DirectPath: store it, or the phone will be asked again next time.
//
// If the phone does not have the media either, each remaining host is asked for the old path before the download fails with
// [ErrGone]. A phone that gives no answer is [ErrPhoneSilent]; [WithRequester] sets how long the download waits for it.
//
// The phone's answer comes as an event, and whatsmeow delivers one event at a time. So a download with this option must not
// be made within an event handler, but in a goroutine of its own.
func WithReupload(info *types.MessageInfo) DownloadOption {
	return downloadOption(func(s *downloadSettings) { s.reupload = info })
}
