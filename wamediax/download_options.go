package wamediax

import (
	"time"

	"go.mau.fi/whatsmeow/types"

	"github.com/wamediax/whatsmeow-ext/wamediax/retry"
)

// DownloadOption is a setting of one download, or of all (see [WithDownloader]).
type DownloadOption func(*downloadSettings)

type downloadSettings struct {
	reupload     *types.MessageInfo // nil: the phone is not asked
	progress     func(Progress)
	limit        int64 // bytes of plaintext; 0: none
	stallTimeout time.Duration
	maxElapsed   time.Duration
	backoffFirst time.Duration
	backoffMax   time.Duration
}

func newDownloadSettings(all, one []DownloadOption) *downloadSettings {
	s := &downloadSettings{
		stallTimeout: 30 * time.Second,
		maxElapsed:   5 * time.Minute,
		backoffFirst: time.Second,
		backoffMax:   30 * time.Second,
	}
	for _, opts := range [][]DownloadOption{all, one} {
		for _, opt := range opts {
			opt(s)
		}
	}
	return s
}

// WithReupload has the phone asked for media that the hosts no longer have, as old media mostly is, and the download go on
// from where the phone has put it. info is the message's, as it came with the event; the phone finds it by that. The path is
// in [Downloaded].DirectPath: store it, or the phone will be asked again next time.
//
// If the phone says that it does not have the media either, the old path is tried once more before the download gives up
// with [ErrGone]. A phone that gives no answer is [ErrPhoneSilent]; how long it is waited for is set with [WithRequester].
//
// The phone's answer comes as an event, and whatsmeow hands over one event at a time. So a download with this option must not
// be made within an event handler, but in a goroutine of its own.
func WithReupload(info *types.MessageInfo) DownloadOption {
	return func(s *downloadSettings) { s.reupload = info }
}

// WithDownloadProgress calls report as the download goes on: at the beginning of each attempt, at the end, and at most ten
// times a second in between; never after the download has returned. Stage is [Downloading]; Done and Total are bytes of the
// object on the host, which is some bytes larger than the file; Total is 0 as long as no host has said it. For
// [Client.OpenMedia] Done is where in the object reading is. report must not
// block for long: the download waits for it.
func WithDownloadProgress(report func(Progress)) DownloadOption {
	return func(s *downloadSettings) { s.progress = report }
}

// WithDownloadLimit sets how many bytes of plaintext are accepted; more is [ErrTooLarge]. What the message says of its length
// is a limit too, whichever is less. 0 means no limit, the default of all but [Client.DownloadBytes].
func WithDownloadLimit(bytes int64) DownloadOption {
	return func(s *downloadSettings) { s.limit = bytes }
}

// WithDownloadStallTimeout sets how long a host may give no byte, or no answer, before it is left: 30 s. Time that the
// destination takes does not count.
func WithDownloadStallTimeout(d time.Duration) DownloadOption {
	return func(s *downloadSettings) { s.stallTimeout = d }
}

// WithDownloadMaxElapsed sets for how long a download goes on although nothing comes: 5 min. While bytes move it never gives
// up. Time in which the phone is asked does not count.
func WithDownloadMaxElapsed(d time.Duration) DownloadOption {
	return func(s *downloadSettings) { s.maxElapsed = d }
}

// WithDownloadBackoff sets the first and the longest pause between attempts: 1 s and 30 s. Pauses double, and are spread at
// random by half their length. A host's Retry-After takes the place of a pause, up to a minute.
func WithDownloadBackoff(first, max time.Duration) DownloadOption {
	return func(s *downloadSettings) { s.backoffFirst, s.backoffMax = first, max }
}

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
