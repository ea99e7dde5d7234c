package fetch

import (
	"net/http"
	"time"

	"github.com/wamediax/whatsmeow-ext/wamediax/cdn"
	"github.com/wamediax/whatsmeow-ext/wamediax/internal/exchange"
)

// Fetcher downloads media. It may be used by many goroutines at once.
type Fetcher struct {
	conns    cdn.ConnSource
	settings settings
}

// New returns a Fetcher that asks conns for hosts. For one without a session, use [cdn.Public]:
//
//	got, err := fetch.New(cdn.Public()).File(ctx, "picture.jpg", msg.GetImageMessage())
func New(conns cdn.ConnSource, opts ...Option) *Fetcher {
	f := &Fetcher{conns: conns, settings: settings{
		stallTimeout: 30 * time.Second,
		maxElapsed:   5 * time.Minute,
		firstPause:   time.Second,
		maxPause:     30 * time.Second,
	}}
	for _, opt := range opts {
		if opt != nil {
			opt.fetcher(&f.settings)
		}
	}
	if f.settings.client == nil {
		f.settings.client = &http.Client{Transport: http.DefaultTransport.(*http.Transport).Clone()}
	}
	f.settings.client = exchange.NoRedirects(f.settings.client)
	return f
}

// Downloaded is what a download did. Next to an error it says how far the download came.
type Downloaded struct {
	Bytes         int64  // of plaintext that were written
	BytesReceived int64  // of the object, from all hosts; bytes received twice count twice
	DirectPath    string // the one used last: the message's own, or the one that [WithGone]'s function returned
	Reuploaded    bool   // DirectPath is the latter: store it in place of the message's
}
