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
