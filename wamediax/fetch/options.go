package fetch

import (
	"context"
	"net/http"
	"time"

	waLog "go.mau.fi/whatsmeow/util/log"
)

// Option is a setting of [New].
type Option interface{ fetcher(*settings) }

// FileOption is a setting of one download by [Fetcher.File]. Every CallOption and Setting is one.
type FileOption interface{ file(*fileSettings) }

// CallOption is a setting of one download, by whichever method.
type CallOption interface {
	FileOption
	call(*settings)
}

// Setting is a setting of one download, or of all downloads of a Fetcher. A nil one is ignored, like a nil option of any type.
type Setting func(*settings)

func (s Setting) fetcher(all *settings)  { s.call(all) }
func (s Setting) file(one *fileSettings) { one.calls = append(one.calls, s) }

func (s Setting) call(one *settings) {
	if s != nil {
		s(one)
	}
}

type fetcherOption func(*settings)

func (o fetcherOption) fetcher(all *settings) { o(all) }

type callOption func(*settings)

func (o callOption) call(one *settings)     { o(one) }
func (o callOption) file(one *fileSettings) { one.calls = append(one.calls, o) }

type settings struct {
	client    *http.Client
	log       waLog.Logger
	userAgent string

	gone         func(context.Context) (string, error) // nil: an object that is gone is an error
	progress     func(Progress)
	limit        int64 // bytes of plaintext; 0: none was set
	stallTimeout time.Duration
	maxElapsed   time.Duration
	maxAttempts  int
	firstPause   time.Duration
	maxPause     time.Duration

	anyPlaintextHash bool
	withoutHashes    bool
}

// WithHTTPClient downloads through client, whose proxy, TLS settings and connection pool then apply. It never follows a
// redirect. Without this option a Fetcher has a transport of its own, with the defaults of [http.DefaultTransport].
func WithHTTPClient(client *http.Client) Option {
	return fetcherOption(func(s *settings) { s.client = client })
}

// WithLog has a warning logged for each attempt that follows a failed one. The default logs nothing.
func WithLog(log waLog.Logger) Option {
	return fetcherOption(func(s *settings) { s.log = log })
}

// WithUserAgent sets the User-Agent header of requests. The default is net/http's.
func WithUserAgent(userAgent string) Option {
	return fetcherOption(func(s *settings) { s.userAgent = userAgent })
}

// WithGone has bringBack called when hosts no longer have the media, as they do not have most old media. It asks for the
// media to be uploaded again and returns the new direct path; the download then goes on from there. It is called at most
// once without progress in between. If it fails, each remaining host is asked once before the download fails with
// [ErrExpired], which has bringBack's error in its chain.
//
// Where the direct path itself says that it ended more than a day ago (its oe), bringBack is called before any host is asked.
// The day is for clocks that are wrong.
//
// A client asks the user's phone: see wamediax.WithReupload.
func WithGone(bringBack func(ctx context.Context) (directPath string, err error)) CallOption {
	return callOption(func(s *settings) { s.gone = bringBack })
}

// WithProgress has report called as the download goes on: at the beginning of each attempt, at the end, and at most ten
// times a second in between, by the goroutine that reads from the host; never after the call has returned. The download
// waits for report.
func WithProgress(report func(Progress)) Setting {
	return func(s *settings) { s.progress = report }
}

// WithLimit sets how many bytes of plaintext are accepted; more is cdn.ErrTooLarge. If several limits are given, for the
// Fetcher and for the call, the least applies, and so does the length that the message says. 0 sets none. Without any limit
// [Fetcher.Bytes] accepts 256 MiB and the others any size.
func WithLimit(bytes int64) Setting {
	return func(s *settings) {
		if bytes > 0 && (s.limit == 0 || bytes < s.limit) {
			s.limit = bytes
		}
	}
}

// WithStallTimeout sets how long a host may send no byte, or no answer, before the attempt ends: 30 s. Time that the
// destination takes does not count.
func WithStallTimeout(d time.Duration) Setting {
	return func(s *settings) { s.stallTimeout = d }
}

// WithMaxElapsed sets how long a download goes on although no byte comes: 5 min. Every host is asked at least once. Time in
// which [WithGone]'s function is at work counts only until it has returned a path.
func WithMaxElapsed(d time.Duration) Setting {
	return func(s *settings) { s.maxElapsed = d }
}

// WithMaxAttempts sets after how many attempts in a row without a byte a download gives up, though never before each host
// was asked once. 0, the default: as many as [WithMaxElapsed] leaves time for.
func WithMaxAttempts(n int) Setting {
	return func(s *settings) { s.maxAttempts = n }
}

// WithBackoff sets the first and the longest pause after all hosts have failed: 1 s and 30 s. Pauses double, and are spread
// at random by half their length.
func WithBackoff(first, max time.Duration) Setting {
	return func(s *settings) { s.firstPause, s.maxPause = first, max }
}

// WithoutPlaintextHash accepts encrypted media whose MAC and ciphertext hash are right and whose plaintext hash is not, as
// WhatsApp's own apps do (mautrix-whatsapp relies on it). Without it, such media is an error that is both
// streamenc.ErrHashMismatch and whatsmeow.ErrInvalidMediaSHA256.
func WithoutPlaintextHash() Setting {
	return func(s *settings) { s.anyPlaintextHash = true }
}

// WithoutHashes accepts media for which the message has neither a media key nor a hash. NOTHING of it can be verified: use
// it only for media whose origin does not matter.
func WithoutHashes() CallOption {
	return callOption(func(s *settings) { s.withoutHashes = true })
}
