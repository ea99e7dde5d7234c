package resume

import (
	"net/http"
	"time"
)

// Option is a setting of [NewUploader].
type Option func(*Uploader)

// WithHTTPClient sends through client, with its proxy, TLS settings and connection pool. Redirects are never followed: they
// would carry the auth token elsewhere. The default is a transport of the uploader's own, with the settings of
// [http.DefaultTransport]; so is nil.
func WithHTTPClient(client *http.Client) Option {
	return func(u *Uploader) { u.http = client }
}

// WithThreshold sets the object size, in bytes, from which the first attempt begins with a probe: 5 MiB, as in WhatsApp
// Web. Once bytes may have reached a host, every attempt does.
func WithThreshold(bytes int64) Option { return func(u *Uploader) { u.threshold = bytes } }

// WithPieces sends an object of more than so many bytes as several requests of that size, each of which goes on where the one
// before has ended, and a last one without a body. So what limits the size of a single request, as some proxies do, is no
// limit for the object. WhatsApp Web sends documents so, in pieces of 50 MiB. A host that refuses the first piece gets the
// object in one request. 0, the default: every object goes in one request.
func WithPieces(bytes int64) Option { return func(u *Uploader) { u.pieceSize = max(0, bytes) } }

// WithStallTimeout sets how long a host may take no byte before the attempt is cut: 30 s. The time of the body's own Read
// does not count.
func WithStallTimeout(d time.Duration) Option { return func(u *Uploader) { u.stallTimeout = d } }

// WithAnswerTimeout sets how long a host may take to answer after the last byte, or to answer a probe: 60 s.
func WithAnswerTimeout(d time.Duration) Option { return func(u *Uploader) { u.answerTimeout = d } }

// WithMaxElapsed sets how long an upload goes on without progress, counted from the first failure: 5 min. Every host is
// tried at least once, however short it is.
func WithMaxElapsed(d time.Duration) Option { return func(u *Uploader) { u.maxElapsed = d } }

// WithMaxAttempts sets how many attempts in a row an upload makes without progress, though every host is tried at least
// once. An attempt on which bytes moved counts only if the next one shows that no host has them. 0, the default: no limit.
func WithMaxAttempts(n int) Option { return func(u *Uploader) { u.maxAttempts = n } }

// WithBackoff sets the first and the longest pause after every host has failed: 1 s and 30 s. Pauses double, and are spread
// at random between half and one and a half times their length. A host that sends Retry-After is left alone for that long,
// up to a minute; the others are not.
func WithBackoff(first, max time.Duration) Option {
	return func(u *Uploader) { u.backoffFirst, u.backoffMax = first, max }
}
