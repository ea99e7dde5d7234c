package resume

import (
	"net/http"
	"time"
)

// Option is an option of [NewUploader].
type Option func(*Uploader)

// WithHTTPClient sends requests with client, and so with its proxy, TLS settings and connection
// pool. Redirects are never followed, as they would carry the auth token to another host. By
// default, and for nil, the uploader has its own transport with the settings of
// [http.DefaultTransport].
func WithHTTPClient(client *http.Client) Option {
	return func(u *Uploader) { u.http = client }
}

// WithThreshold sets the object size in bytes from which the first attempt starts with a probe. The
// default is 5 MiB, as in WhatsApp Web. Once bytes may have reached a host, every attempt does.
func WithThreshold(bytes int64) Option { return func(u *Uploader) { u.threshold = bytes } }

// WithPieces sends objects larger than bytes in several requests of that size, each of which
// continues after the previous one, and a last request without a body. Use it behind a proxy that
// limits the size of a request. WhatsApp Web sends documents in pieces of 50 MiB. If a host refuses
// the first piece, it gets the object in one request. The default, 0, sends every object in one
// request.
func WithPieces(bytes int64) Option { return func(u *Uploader) { u.pieceSize = max(0, bytes) } }

// WithStallTimeout sets how long a host may accept no byte before the attempt fails. The default is
// 30 s, also for d <= 0. Time spent in the body's Read does not count.
func WithStallTimeout(d time.Duration) Option {
	if d <= 0 {
		d = defaultStallTimeout
	}
	return func(u *Uploader) { u.stallTimeout = d }
}

// WithAnswerTimeout sets how long a host may take to respond after the last byte, or to a probe.
// The default is 60 s, also for d <= 0.
func WithAnswerTimeout(d time.Duration) Option {
	if d <= 0 {
		d = defaultAnswerTimeout
	}
	return func(u *Uploader) { u.answerTimeout = d }
}

const (
	defaultStallTimeout  = 30 * time.Second
	defaultAnswerTimeout = 60 * time.Second
	defaultFirstPause    = time.Second
)

// WithMaxElapsed sets how long an upload retries without progress after the first failure. The
// default is 5 min. Every host is tried at least once.
func WithMaxElapsed(d time.Duration) Option { return func(u *Uploader) { u.maxElapsed = d } }

// WithMaxAttempts limits the attempts in a row without progress, but every host is tried at least
// once. An attempt that sent bytes counts only if the next one shows that no host has them. The
// default, 0, is no limit.
func WithMaxAttempts(n int) Option { return func(u *Uploader) { u.maxAttempts = n } }

// WithBackoff sets the first and the longest pause after all hosts have failed. The defaults are
// 1 s, also for first <= 0, and 30 s. Pauses double, and are randomized between half and one and a
// half times their length. A host that sends Retry-After is not tried for that long, up to a
// minute; other hosts are.
func WithBackoff(first, max time.Duration) Option {
	if first <= 0 {
		first = defaultFirstPause
	}
	return func(u *Uploader) { u.backoffFirst, u.backoffMax = first, max }
}
