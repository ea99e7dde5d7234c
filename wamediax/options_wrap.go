package wamediax

import (
	"net/http"
	"time"

	"github.com/wamediax/whatsmeow-ext/wamediax/resume"
	"github.com/wamediax/whatsmeow-ext/wamediax/retry"
)

// WithHTTPClient uses a copy of client for all media, like [Client.SetMediaHTTPClient]. client itself
// is never changed, not even by a later SetProxy, and its redirect policy does not apply: redirects
// are not followed.
//
// Its transport is used as it is. To serve many accounts from one pool of connections, give all of
// them the same client, with a transport whose MaxIdleConnsPerHost is high enough for hosts that
// speak only HTTP/1.1. A proxy that is set later on one account does not affect the others.
func WithHTTPClient(client *http.Client) Option {
	return wrapOption(func(s *settings) { s.http = client })
}

// WithSpoolMemory sets up to how many bytes the ciphertext of a plain stream is kept in memory, per upload, before it goes
// to a temporary file: 8 MiB.
func WithSpoolMemory(bytes int64) Option {
	return wrapOption(func(s *settings) { s.spoolMemory = bytes })
}

// WithResumeStore records uploads, so that the same file (or what has the same [WithResumeID]) goes on from what the
// CDN holds after the program was killed on the way, and is not sent again when it goes to the next chat. A record holds
// the media key: whoever can read the store can decrypt the media. Processes that share a store do not send the same twice.
func WithResumeStore(store resume.Store) Option {
	return wrapOption(func(s *settings) { s.store = store })
}

// WithResumeExpiry sets for how long an upload is remembered after it was last touched: 14 days.
func WithResumeExpiry(d time.Duration) Option {
	return wrapOption(func(s *settings) { s.resumeExpiry = d })
}

// WithMaxParallel limits how many uploads of the client are at work at a time, whatever calls they come from; the others wait
// their turn in the order in which they came, or until their context ends. A live upload is at work until its source ends. 0,
// the default: no limit.
func WithMaxParallel(n int) Option {
	return wrapOption(func(s *settings) { s.maxParallel = int64(n) })
}

// WithRequester sets how the phone is asked for media that the hosts no longer have.
func WithRequester(opts ...retry.Option) Option {
	return wrapOption(func(s *settings) {
		for _, opt := range opts {
			if opt != nil {
				s.requesting = append(s.requesting, opt)
			}
		}
	})
}
