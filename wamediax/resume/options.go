package resume

import (
	"net/http"
	"time"

	"github.com/wamediax/whatsmeow-ext/wamediax/internal/exchange"
)

// Option is a setting of [NewUploader].
type Option func(*Uploader)

// WithHTTPClient sends through client, whose proxy, TLS settings and connection pool then apply. Redirects are never
// followed: they would carry the auth token elsewhere. Without this option an uploader has a transport of its own, with
// the defaults of [http.DefaultTransport].
func WithHTTPClient(client *http.Client) Option {
	return func(u *Uploader) { u.http = exchange.NoRedirects(client) }
}

// WithThreshold sets from which object size on, in bytes, the first attempt already begins with a probe: 5 MiB, as in
// WhatsApp Web. Attempts after one on which bytes moved always do.
func WithThreshold(bytes int64) Option { return func(u *Uploader) { u.threshold = bytes } }

// WithStallTimeout sets how long a host may take no byte before the attempt is cut: 30 s. Time that the body's own Read
// takes does not count.
func WithStallTimeout(d time.Duration) Option { return func(u *Uploader) { u.stallTimeout = d } }

// WithAnswerTimeout sets how long a host may take to answer once it has the last byte, or to answer a probe: 60 s.
func WithAnswerTimeout(d time.Duration) Option { return func(u *Uploader) { u.answerTimeout = d } }

// WithMaxElapsed sets for how long an upload goes on without progress: 5 min.
func WithMaxElapsed(d time.Duration) Option { return func(u *Uploader) { u.maxElapsed = d } }

// WithMaxAttempts sets after how many attempts in a row without progress an upload gives up, though never before each
// host was tried once. 0, the default: as many as [WithMaxElapsed] leaves time for.
func WithMaxAttempts(n int) Option { return func(u *Uploader) { u.maxAttempts = n } }

// WithBackoff sets the first and the longest pause between attempts: 1 s and 30 s. Pauses double, and are spread at
// random by half their length. A host's Retry-After takes the place of a pause, up to a minute.
func WithBackoff(first, max time.Duration) Option {
	return func(u *Uploader) { u.backoffFirst, u.backoffMax = first, max }
}
