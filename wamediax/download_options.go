package wamediax

import (
	"time"

	"go.mau.fi/whatsmeow/types"

	"github.com/wamediax/whatsmeow-ext/wamediax/fetch"
	"github.com/wamediax/whatsmeow-ext/wamediax/retry"
)

// DownloadOption is a setting of one download, or of all (see [WithDownloader]).
type DownloadOption func(*downloadSettings)

type downloadSettings struct {
	calls    []fetch.CallOption
	reupload *types.MessageInfo // nil: the phone is not asked
}

// fetching is the option that package fetch has for it.
func fetching(opt fetch.CallOption) DownloadOption {
	return func(s *downloadSettings) { s.calls = append(s.calls, opt) }
}

// WithReupload has the phone asked for media that the hosts no longer have, as they do not have most old media; the download
// then goes on from where the phone has put it. info is the message's, as it came with the event; the phone finds it by that.
// The new path is in [Downloaded].DirectPath: store it, or the phone will be asked again next time.
//
// If the phone does not have the media either, each remaining host is asked for the old path before the download fails with
// [ErrGone]. A phone that gives no answer is [ErrPhoneSilent]; how long it is waited for is set with [WithRequester].
//
// The phone's answer comes as an event, and whatsmeow delivers one event at a time. So a download with this option must not
// be made within an event handler, but in a goroutine of its own.
func WithReupload(info *types.MessageInfo) DownloadOption {
	return func(s *downloadSettings) { s.reupload = info }
}

// WithDownloadProgress has report called as the download goes on: at the beginning of each attempt, at the end, and at most
// ten times a second in between; never after the download has returned. Stage is [Downloading]; Done and Total are bytes of
// the object on the host, which is some bytes larger than the file; Total is 0 as long as no host has said it. For
// [Client.OpenMedia] Done is the reading position in the object. report must not block for long: the download waits for it.
func WithDownloadProgress(report func(Progress)) DownloadOption {
	return fetching(fetch.WithProgress(func(p fetch.Progress) {
		report(Progress{Stage: Downloading, Done: p.Done, Total: p.Total, Host: p.Host, Attempt: p.Attempt, Resumed: p.Resumed})
	}))
}

// WithDownloadLimit sets how many bytes of plaintext are accepted; more is [cdn.ErrTooLarge]. Of several limits, for all
// downloads and for this one, the least applies, and so does the length that the message says. 0 sets none. Without any limit
// [Client.DownloadBytes] accepts 256 MiB and the others any size.
func WithDownloadLimit(bytes int64) DownloadOption { return fetching(fetch.WithLimit(bytes)) }

// WithDownloadStallTimeout sets how long a host may send no byte, or no answer, before it is left: 30 s. Time that the
// destination takes does not count.
func WithDownloadStallTimeout(d time.Duration) DownloadOption {
	return fetching(fetch.WithStallTimeout(d))
}

// WithDownloadMaxElapsed sets how long a download goes on although no byte comes: 5 min. Every host is asked at least once,
// and while bytes move it never gives up.
func WithDownloadMaxElapsed(d time.Duration) DownloadOption { return fetching(fetch.WithMaxElapsed(d)) }

// WithDownloadMaxAttempts sets after how many attempts in a row without a byte a download gives up, though never before each
// host was asked once. 0, the default: as many as [WithDownloadMaxElapsed] leaves time for.
func WithDownloadMaxAttempts(n int) DownloadOption { return fetching(fetch.WithMaxAttempts(n)) }

// WithDownloadBackoff sets the first and the longest pause after all hosts have failed: 1 s and 30 s. Pauses double, and are
// spread at random by half their length.
func WithDownloadBackoff(first, max time.Duration) DownloadOption {
	return fetching(fetch.WithBackoff(first, max))
}

// WithoutPlaintextHash accepts encrypted media whose MAC and ciphertext hash are right and whose plaintext hash is not, as
// WhatsApp's own apps do. Without it such media is [whatsmeow.ErrInvalidMediaSHA256].
func WithoutPlaintextHash() DownloadOption { return fetching(fetch.WithoutPlaintextHash()) }

// downloadDefaults are the settings of Wrap that are for downloads.
type downloadDefaults struct {
	downloading []DownloadOption
	requesting  []retry.Option
}

// WithDownloader adds settings for all downloads: timeouts, pauses, limits. What a call says itself comes after them.
func WithDownloader(opts ...DownloadOption) Option {
	return func(s *settings) { s.downloading = append(s.downloading, opts...) }
}

// WithRequester adds settings for how the phone is asked for media that the hosts no longer have.
func WithRequester(opts ...retry.Option) Option {
	return func(s *settings) { s.requesting = append(s.requesting, opts...) }
}
