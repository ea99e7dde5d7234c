package fetch

import (
	"time"

	"github.com/wamediax/whatsmeow-ext/wamediax/cdn"
	"github.com/wamediax/whatsmeow-ext/wamediax/internal/exchange"
)

// Fetcher downloads media. It is safe for concurrent use.
type Fetcher struct {
	conns    cdn.ConnSource
	settings settings
}

// New returns a Fetcher that gets hosts from conns. Without a session, use [cdn.Public]:
//
//	got, err := fetch.New(cdn.Public()).File(ctx, "picture.jpg", msg.GetImageMessage())
func New(conns cdn.ConnSource, opts ...Option) *Fetcher {
	f := &Fetcher{conns: conns, settings: settings{
		stallTimeout: defaultStallTimeout,
		maxElapsed:   5 * time.Minute,
		firstPause:   defaultFirstPause,
		maxPause:     30 * time.Second,
	}}
	for _, opt := range opts {
		if opt != nil {
			opt.fetcher(&f.settings)
		}
	}
	f.settings.client = exchange.NoRedirects(f.settings.client)
	return f
}

// Downloaded is the result of a download. If the download failed, it describes how far it got.
type Downloaded struct {
	Bytes int64 // of plaintext written
	// of the object, from all hosts; bytes that were received twice count twice
	BytesReceived int64
	// the last one in use: the message's, or the one that [WithGone]'s function returned
	DirectPath string
	Reuploaded bool // the media was uploaded again: store DirectPath in place of the message's
}
