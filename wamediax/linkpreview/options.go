package linkpreview

import (
	"time"

	"github.com/wamediax/whatsmeow-ext/wamediax/safehttp"
)

// Option changes a setting of New.
type Option func(*Fetcher)

// WithTimeout bounds the time of one Fetch, and of one Message with its upload: 15 s if not set,
// none if 0.
func WithTimeout(d time.Duration) Option { return func(f *Fetcher) { f.timeout = d } }

// WithClient fetches with another client than safehttp.New returns, for example one that says who
// it is. Many sites serve Open Graph tags only to the crawlers that they know:
//
//	linkpreview.WithClient(safehttp.New(safehttp.WithHeader("User-Agent", "WhatsApp/2")))
func WithClient(client *safehttp.Client) Option {
	return func(f *Fetcher) {
		if client != nil {
			f.client = client
		}
	}
}
