package wamediax

import (
	"net/http"
	"sync/atomic"

	"go.mau.fi/whatsmeow"

	"github.com/wamediax/whatsmeow-ext/wamediax/resume"
)

// Client is a [whatsmeow.Client] with better media. All of the wrapped client's methods and fields are there; the ones
// that upload, and those that set proxies, are replaced by methods of the same signature.
type Client struct {
	*whatsmeow.Client

	conns       *connCache
	http        atomic.Pointer[http.Client] // for uploads; replaced, never changed
	uploading   []resume.Option
	spoolMemory int64
}

// Option is a setting of [Wrap].
type Option func(*settings)

type settings struct {
	http        *http.Client
	uploading   []resume.Option
	spoolMemory int64
}

// WithHTTPClient uses client for uploads, and sets it as the wrapped client's for downloads. client itself is not
// changed, also not by a later SetProxy.
func WithHTTPClient(client *http.Client) Option { return func(s *settings) { s.http = client } }

// WithUploader adds settings for how uploads behave when things go wrong: timeouts, pauses, the probe's threshold.
func WithUploader(opts ...resume.Option) Option {
	return func(s *settings) { s.uploading = append(s.uploading, opts...) }
}

// WithSpoolMemory sets up to how many bytes the ciphertext of a plain stream is kept in memory, per upload, before it goes
// to a temporary file: 8 MiB.
func WithSpoolMemory(bytes int64) Option { return func(s *settings) { s.spoolMemory = bytes } }

// Wrap gives cli the methods of this package. It opens no connection and starts nothing; wrapping is allowed before and
// after cli connects, and cli may be used by itself alongside.
//
//	client := wamediax.Wrap(whatsmeow.NewClient(device, log))
//
// A proxy or an HTTP client that was set on cli itself cannot be seen from here: set it on the wrapped client, once more.
func Wrap(cli *whatsmeow.Client, opts ...Option) *Client {
	s := settings{spoolMemory: 8 << 20}
	for _, opt := range opts {
		opt(&s)
	}
	c := &Client{Client: cli, conns: newConnCache(cli), uploading: s.uploading, spoolMemory: s.spoolMemory}
	c.http.Store(&http.Client{Transport: newTransport()})
	if s.http != nil {
		c.SetMediaHTTPClient(s.http)
	}
	return c
}
