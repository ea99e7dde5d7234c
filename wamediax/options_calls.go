package wamediax

import (
	"time"

	"go.mau.fi/whatsmeow/types"

	"github.com/wamediax/whatsmeow-ext/wamediax/fetch"
	"github.com/wamediax/whatsmeow-ext/wamediax/resume"
)

// WithProgress calls report during a transfer: at the start of each stage and attempt, at the end,
// and at most ten times a second in between, but never after the call has returned. Reports of one
// call, including a bulk run, arrive one at a time. Set in Wrap, report is called by all transfers,
// concurrently; set for several items of a bulk run or album, by those items. The transfer waits
// while report runs.
func WithProgress(report func(Progress)) TransferOption {
	return transferOption(func(t *transfer) { t.progress = report })
}

// WithStallTimeout sets how long a host may accept or send no bytes before the attempt ends. The
// default is 30 s, also for d <= 0. Time spent in the source or destination does not count.
func WithStallTimeout(d time.Duration) TransferOption {
	return bothWays(resume.WithStallTimeout(d), fetch.WithStallTimeout(d))
}

// WithMaxElapsed sets how long a transfer continues without progress. The default is 5 min. Every
// host is tried at least once, and a transfer that makes progress never gives up.
func WithMaxElapsed(d time.Duration) TransferOption {
	return bothWays(resume.WithMaxElapsed(d), fetch.WithMaxElapsed(d))
}

// WithMaxAttempts sets how many attempts in a row may make no progress before a transfer gives up.
// Every host is tried at least once. The default, 0, leaves the limit to [WithMaxElapsed].
func WithMaxAttempts(n int) TransferOption {
	return bothWays(resume.WithMaxAttempts(n), fetch.WithMaxAttempts(n))
}

// WithBackoff sets the first and the longest pause after all hosts have failed. The defaults are
// 1 s, also for first <= 0, and 30 s. Pauses double each time, with random jitter of half their
// length.
func WithBackoff(first, max time.Duration) TransferOption {
	return bothWays(resume.WithBackoff(first, max), fetch.WithBackoff(first, max))
}

// WithThreshold sets the object size in bytes from which an upload asks a host what it holds before
// sending the first byte. The default is 5 MiB, as in WhatsApp Web. An upload that resumes after
// sending bytes always asks.
func WithThreshold(bytes int64) SendingOption { return sendingOption(resume.WithThreshold(bytes)) }

// WithFinerPaths uploads stickers, GIFs, voice messages and video notes to separate paths, such as
// "/mms/ptt", as WhatsApp Web does, instead of the paths for images, videos and audio. [As]
// sets the kind. If a host does not have such a path, the upload uses the common one. Both are
// known to work; use this option to resemble WhatsApp Web.
func WithFinerPaths() SendingOption {
	return transferOption(func(t *transfer) { t.finer = true })
}

// WithPieces splits an object larger than this many bytes into several requests of that size, each
// of which can be resumed. Use it if a proxy limits the size of a request. WhatsApp Web sends
// documents in pieces of 50 MiB (50<<20). If a host refuses the first piece, it gets the object in
// one request. The default, 0, never splits.
func WithPieces(bytes int64) SendingOption { return sendingOption(resume.WithPieces(bytes)) }

// WithAnswerTimeout sets how long a host may take to answer after the last byte of an upload, or to
// answer a probe. The default is 60 s, also for d <= 0.
func WithAnswerTimeout(d time.Duration) SendingOption {
	return sendingOption(resume.WithAnswerTimeout(d))
}

// WithLimit limits a download to this many bytes of plaintext; more is [cdn.ErrTooLarge]. If limits
// are set in Wrap and in the call, the smaller one applies. The length in the message is a limit
// too. 0 means no limit. Without this option, [Client.DownloadBytes] accepts 256 MiB and the others
// any size.
func WithLimit(bytes int64) ReceivingOption { return receivingOption(fetch.WithLimit(bytes)) }

// WithoutPlaintextHash accepts encrypted media with a correct MAC and ciphertext hash but a wrong
// plaintext hash, as WhatsApp's own apps do. Without it, such media is
// [whatsmeow.ErrInvalidMediaSHA256].
func WithoutPlaintextHash() ReceivingOption { return receivingOption(fetch.WithoutPlaintextHash()) }

// WithMediaKey encrypts with key instead of a new random key. key must be 32 random, secret bytes;
// any other length is [streamenc.ErrKeySize]. It is copied. Never use a key for two different
// plaintexts, except for a thumbnail that shares the key of its sticker pack, video or document.
func WithMediaKey(key []byte) EncryptionOption {
	key = append([]byte{}, key...)
	return encryptionOption(func(s *encryption) { s.mediaKey = key })
}

// WithSidecar sets whether the upload computes a streaming sidecar, which lets a player verify and
// play media while it downloads. By default audio and video get one, as in WhatsApp Web, and other
// media does not.
func WithSidecar(on bool) EncryptionOption {
	return encryptionOption(func(s *encryption) { s.sidecar = &on })
}

// As sets the kind of media that people will see where the media type allows several: a voice
// message or other audio, a sticker or an image. Newsletters have an upload path for each kind. A
// kind of another media type is an error.
func As(kind Kind) EncryptionOption {
	return encryptionOption(func(s *encryption) { s.kind = kind })
}

// WithResumeID names this upload in the resume store ([WithResumeStore]), so that an upload with
// the same name continues where it stopped, also after a restart. A regular file is recorded under
// its path and needs no name. Without a store the option has no effect. The content behind a name
// may change: uploads compare its hash.
func WithResumeID(id string) UploadOption {
	return uploadOption(func(s *uploadSettings) { s.resumeID = id })
}

// WithFreshFor skips all requests for media that the CDN confirmed less than d ago according to the
// resume store ([WithResumeStore]). The upload then assumes that the object still exists. The
// default, 0, always asks a host, which takes one round trip, sends no bytes, and detects a deleted
// object. A skipped request does not count as a confirmation.
//
// WhatsApp Web relies on its memory for 2 days plus a random time of up to 24 h. The default here
// is stricter: recipients of a dead path must ask the sender's phone for the media, and a bot's
// phone does not have it.
//
// For [Client.UploadAll], use [WithRecheck]; this option, set in Wrap, does not apply to it.
func WithFreshFor(d time.Duration) RecallOption {
	return transferOption(func(t *transfer) { t.freshFor = d })
}

// ForNewsletter uploads for a channel. Nothing is encrypted, so anyone can download it. Send the
// message with [Uploaded].Handle as MediaHandle in [whatsmeow.SendRequestExtra]; [Client.SendMedia]
// does so itself. Set the kind with [As] where the media type allows several.
// [Client.DownloadTo] and the other download methods accept such media without a key and verify its
// SHA-256.
//
// UploadMedia always asks a host first whether it has the media, since unencrypted media may have
// been uploaded by anyone.
func ForNewsletter() UploadOption {
	return uploadOption(func(s *uploadSettings) { s.newsletter = true })
}

// WithoutURL leaves [Uploaded].URL empty, so that messages built from it have only a direct path.
// Sources disagree on whether a channel message may have a URL: whatsmeow's example sets it, as
// this package does by default, while some programs omit it after such messages were rejected with
// error 479.
func WithoutURL() UploadOption {
	return uploadOption(func(s *uploadSettings) { s.withoutURL = true })
}

// WithLiveChunk sets the size in bytes of the chunks that [Client.UploadLive] sends. The default is
// 1 MiB, also for bytes <= 0. It is rounded up to a multiple of 16 and limited to 1 GiB. Small
// chunks leave earlier; large chunks need fewer requests. At most two are in memory.
func WithLiveChunk(bytes int64) LiveOption {
	if bytes <= 0 {
		bytes = liveChunk
	}
	return liveOption(func(s *liveSettings) { s.chunk = (min(bytes, 1<<30) + 15) / 16 * 16 })
}

// WithSpoolFallback sets whether [Client.UploadLive] continues as an ordinary upload if the service
// does not support live ones. The default is true. With false, it returns the error of the live
// upload: [resume.ErrLiveUnsupported] if the first chunk was refused.
func WithSpoolFallback(on bool) LiveOption {
	return liveOption(func(s *liveSettings) { s.fallback = on })
}

// WithParallelism sets how many items of a bulk run are uploaded at a time. The default is 8. Each
// item may use the memory of a separate upload: see [WithSpoolMemory]. [WithMaxParallel] limits all
// uploads of the client and also applies.
func WithParallelism(n int) BulkOption {
	return bulkOption(func(s *bulkSettings) { s.parallelism = max(1, n) })
}

// WithPace starts the items of a bulk run one per interval on average, each up to half an interval
// late, so that an account does not send a burst right after linking. 500 ms is a good value. Items
// that the resume store knows do not wait, and a dry run ignores the pace. The default is 0, no
// pace.
func WithPace(interval time.Duration) BulkOption {
	return bulkOption(func(s *bulkSettings) { s.pace = interval })
}

// WithRecheck sets how long after its last confirmation [Client.UploadAll] asks the CDN for an
// object again. The default is 24 h; 0 always asks. A check costs one request without a body. An
// object that the CDN has deleted is uploaded again.
func WithRecheck(after time.Duration) UploadAllOption {
	return uploadAllOption(func(s *uploadAllSettings) { s.recheck = after })
}

// WithDryRun makes [Client.UploadAll] report what it would upload without sending anything or using
// the socket. It reads and hashes content that the resume store does not know. Outcomes have the
// content's hash, size and MIME type, and its location only if it is known. [DeliverySent] means
// that a real run would send the item, or at least ask the CDN.
func WithDryRun() UploadAllOption {
	return uploadAllOption(func(s *uploadAllSettings) { s.dryRun = true })
}

type downloadSettings struct {
	transfer
	reupload *types.MessageInfo // nil: the phone is not asked
}

type downloadOption func(*downloadSettings)

func (o downloadOption) download(s *downloadSettings) { o(s) }

// WithReupload asks the phone to upload the media again if the hosts no longer have it, as is the
// case for most old media, and continues the download from the new path. info is that of the
// message with the media, as it came with the event. Store the new path, [Downloaded].DirectPath:
// otherwise the phone will be asked again next time.
//
// If the phone does not have the media, the download tries the old path on the remaining hosts and
// then returns [ErrGone]. If the phone does not answer, it returns [ErrPhoneSilent];
// [WithRequester] sets how long to wait.
//
// Do not call a download with this option in an event handler: the phone's answer arrives as an
// event, and whatsmeow delivers one event at a time. Use a goroutine.
func WithReupload(info *types.MessageInfo) DownloadOption {
	return downloadOption(func(s *downloadSettings) { s.reupload = info })
}
