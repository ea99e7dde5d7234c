package fetch

import (
	"context"
	"net/http"
	"time"

	waLog "go.mau.fi/whatsmeow/util/log"
)

// Option is an option of [New].
type Option interface{ fetcher(*settings) }

// FileOption is an option of [Fetcher.File]. Every CallOption and Setting is one, too.
type FileOption interface{ file(*fileSettings) }

// CallOption is an option of one download, with any method.
type CallOption interface {
	FileOption
	call(*settings)
}

// Setting is an option of [New] or of one download. Nil options of any type are ignored.
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

	gone         func(context.Context) (string, error) // nil: fail if the object is gone
	progress     func(Progress)
	limit        int64 // bytes of plaintext; 0: not set
	stallTimeout time.Duration
	maxElapsed   time.Duration
	maxAttempts  int
	firstPause   time.Duration
	maxPause     time.Duration

	anyPlaintextHash bool
	withoutHashes    bool
}

// WithHTTPClient sends requests with client, and so with its proxy, TLS settings and connection
// pool. Redirects are never followed. By default a Fetcher has its own transport with the settings
// of [http.DefaultTransport].
func WithHTTPClient(client *http.Client) Option {
	return fetcherOption(func(s *settings) { s.client = client })
}

// WithLog logs a warning before each retry. By default nothing is logged.
func WithLog(log waLog.Logger) Option {
	return fetcherOption(func(s *settings) { s.log = log })
}

// WithUserAgent sets the User-Agent header of requests. The default is that of net/http.
func WithUserAgent(userAgent string) Option {
	return fetcherOption(func(s *settings) { s.userAgent = userAgent })
}

// WithGone sets a function that is called when the hosts no longer have the media, as is usual for
// old media. It must have the media uploaded again and return the new direct path, where the
// download then continues. It is called again only after the download has made progress, and at
// most three times in all, or for a Media, in each Read. If it fails, the download tries each
// remaining host once, and then fails with [ErrExpired] and bringBack's error in the chain.
//
// If the direct path expired more than a day ago, according to its query parameter "oe", bringBack
// is called before any host is asked. The day allows for wrong clocks.
//
// With a client, wamediax.WithReupload asks the user's phone.
func WithGone(bringBack func(ctx context.Context) (directPath string, err error)) CallOption {
	return callOption(func(s *settings) { s.gone = bringBack })
}

// WithProgress calls report at the start of each attempt, at the end, and at most ten times per
// second in between. It is called by the goroutine that reads from the host, which waits for it,
// and never after the download has returned.
func WithProgress(report func(Progress)) Setting {
	return func(s *settings) { s.progress = report }
}

// WithLimit limits the plaintext to bytes. More fails with cdn.ErrTooLarge. If the Fetcher and the
// call both have limits, the lowest applies, and the message's length is a limit as well. 0 sets
// none. Without a limit [Fetcher.Bytes] accepts 256 MiB, and the other methods any size.
func WithLimit(bytes int64) Setting {
	return func(s *settings) {
		if bytes > 0 && (s.limit == 0 || bytes < s.limit) {
			s.limit = bytes
		}
	}
}

// WithStallTimeout sets how long a host may send nothing before the attempt fails. The default is
// 30 s, also for d <= 0. Time that the destination takes does not count.
func WithStallTimeout(d time.Duration) Setting {
	if d <= 0 {
		d = defaultStallTimeout
	}
	return func(s *settings) { s.stallTimeout = d }
}

const (
	defaultStallTimeout = 30 * time.Second
	defaultFirstPause   = time.Second
)

// WithMaxElapsed sets how long a download retries without receiving a byte. The default is 5 min.
// Every host is asked at least once. Time spent in [WithGone]'s function does not count if it
// returns a path.
func WithMaxElapsed(d time.Duration) Setting {
	return func(s *settings) { s.maxElapsed = d }
}

// WithMaxAttempts limits the attempts in a row that receive no byte, but each host is asked at
// least once. The default, 0, is no limit other than [WithMaxElapsed].
func WithMaxAttempts(n int) Setting {
	return func(s *settings) { s.maxAttempts = n }
}

// WithBackoff sets the first and the longest pause after all hosts have failed. The defaults are
// 1 s, also for first <= 0, and 30 s. Pauses double, and are randomized by up to half their length.
func WithBackoff(first, max time.Duration) Setting {
	if first <= 0 {
		first = defaultFirstPause
	}
	return func(s *settings) { s.firstPause, s.maxPause = first, max }
}

// WithoutPlaintextHash accepts encrypted media with the wrong plaintext hash if its MAC and
// ciphertext hash are right, as WhatsApp's own apps do (mautrix-whatsapp relies on it). By default
// such media fails with an error that matches both streamenc.ErrHashMismatch and
// whatsmeow.ErrInvalidMediaSHA256.
func WithoutPlaintextHash() Setting {
	return func(s *settings) { s.anyPlaintextHash = true }
}

// WithoutHashes accepts media whose message has neither a media key nor a hash. NOTHING of it can
// be verified, so use it only if the media's origin does not matter.
func WithoutHashes() CallOption {
	return callOption(func(s *settings) { s.withoutHashes = true })
}
