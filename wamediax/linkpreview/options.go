package linkpreview

import (
	"time"

	"github.com/wamediax/whatsmeow-ext/wamediax/safehttp"
)

// Option configures [New].
type Option func(*Fetcher)

// WithTimeout limits the duration of one Fetch, and of one Message including its upload. The
// default is 15 s; 0 means no limit.
func WithTimeout(d time.Duration) Option { return func(f *Fetcher) { f.timeout = d } }

// WithClient replaces the default client, safehttp.New(), for example to send a known User-Agent.
// Many sites serve Open Graph tags only to crawlers they know:
//
//	linkpreview.WithClient(safehttp.New(safehttp.WithHeader("User-Agent", "WhatsApp/2")))
func WithClient(client *safehttp.Client) Option {
	return func(f *Fetcher) {
		if client != nil {
			f.client = client
		}
	}
}
