package wamediax

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"go.mau.fi/whatsmeow"
	"golang.org/x/sync/semaphore"

	"github.com/wamediax/whatsmeow-ext/wamediax/cdn"
	"github.com/wamediax/whatsmeow-ext/wamediax/internal/ctxerr"
	"github.com/wamediax/whatsmeow-ext/wamediax/internal/mediaconn"
	"github.com/wamediax/whatsmeow-ext/wamediax/internal/mediahttp"
	"github.com/wamediax/whatsmeow-ext/wamediax/internal/socketwait"
	"github.com/wamediax/whatsmeow-ext/wamediax/resume"
	"github.com/wamediax/whatsmeow-ext/wamediax/retry"
)

// Client is a [whatsmeow.Client] with better media. All of the wrapped client's methods and fields are there; the ones
// that upload, and those that set proxies, are replaced by methods of the same signature.
type Client struct {
	*whatsmeow.Client

	line        *socketwait.Line
	conns       cdn.ConnSource
	http        *mediahttp.Client // for up- and downloads
	uploading   []resume.Option
	spoolMemory int64

	store        resume.Store // nil: nothing is remembered
	resumeExpiry time.Duration
	turns        *semaphore.Weighted // nil: any number of uploads at once

	downloading []DownloadOption
	requester   *retry.Requester // nil without a wrapped client
}

// Option is a setting of [Wrap].
type Option func(*settings)

type settings struct {
	http         *http.Client
	uploading    []resume.Option
	spoolMemory  int64
	store        resume.Store
	resumeExpiry time.Duration
	maxParallel  int64

	downloadDefaults
}

// WithHTTPClient uses a copy of client for all media, like [Client.SetMediaHTTPClient]. client itself
// is never changed, not even by a later SetProxy, and its redirect policy does not apply: redirects
// are not followed.
//
// Its transport is used as it is. To serve many accounts from one pool of connections, give all of
// them the same client, with a transport whose MaxIdleConnsPerHost is high enough for hosts that
// speak only HTTP/1.1. A proxy that is set later on one account does not affect the others.
func WithHTTPClient(client *http.Client) Option { return func(s *settings) { s.http = client } }

// WithUploader adds settings for how uploads behave when things go wrong: timeouts, pauses, the probe's threshold.
func WithUploader(opts ...resume.Option) Option {
	return func(s *settings) { s.uploading = append(s.uploading, opts...) }
}

// WithSpoolMemory sets up to how many bytes the ciphertext of a plain stream is kept in memory, per upload, before it goes
// to a temporary file: 8 MiB.
func WithSpoolMemory(bytes int64) Option { return func(s *settings) { s.spoolMemory = bytes } }

// WithResumeStore writes uploads down, so that the same file (or what has the same [WithResumeID]) goes on from what the
// CDN holds when the program was killed on the way, and is not sent again when it goes to the next chat. A record holds
// the media key: whoever can read the store can decrypt the media. Processes that share a store do not send the same twice.
func WithResumeStore(store resume.Store) Option { return func(s *settings) { s.store = store } }

// WithResumeExpiry sets for how long an upload is remembered after it was last touched: 14 days.
func WithResumeExpiry(d time.Duration) Option { return func(s *settings) { s.resumeExpiry = d } }

// WithMaxParallel sets how many uploads are at work at a time; the others wait their turn in the order in which they came,
// or until their context ends. A live upload is at work for as long as its source goes on. 0, the default: no limit.
func WithMaxParallel(n int) Option { return func(s *settings) { s.maxParallel = int64(n) } }

// Wrap gives cli the methods of this package. It opens no connection and starts nothing; wrapping is allowed before and
// after cli connects, and cli may be used by itself alongside. It adds an event handler to cli, which whatsmeow does not
// allow within one.
//
//	client := wamediax.Wrap(whatsmeow.NewClient(device, log))
//
// A proxy or an HTTP client that was set on cli holds for all media of the wrapped client. So does one that is set on cli
// later, for calls that begin afterwards; see [Client.SetProxy].
func Wrap(cli *whatsmeow.Client, opts ...Option) *Client {
	s := settings{spoolMemory: 8 << 20, resumeExpiry: 14 * 24 * time.Hour}
	for _, opt := range opts {
		opt(&s)
	}
	line := socketwait.New(cli)
	c := &Client{
		line:   line,
		Client: cli, conns: mediaconn.New(line), uploading: s.uploading, spoolMemory: s.spoolMemory,
		store: promptly(s.store), resumeExpiry: s.resumeExpiry, downloading: s.downloading,
	}
	if cli != nil {
		c.requester = retry.New(cli, s.requesting...) // now: within an event handler, where bots download, none can be added
	}
	if s.maxParallel > 0 {
		c.turns = semaphore.NewWeighted(s.maxParallel)
	}
	c.http = mediahttp.Follow(cli)
	if s.http != nil {
		c.http.Set(s.http)
	}
	return c
}

// takeTurn waits until one more upload may be at work.
func (c *Client) takeTurn(ctx context.Context) error {
	if c.turns != nil && c.turns.Acquire(ctx, 1) != nil {
		return fmt.Errorf("failed to upload: %w while waiting for a turn", ctxerr.Of(ctx))
	}
	return nil
}

func (c *Client) endTurn() {
	if c.turns != nil {
		c.turns.Release(1)
	}
}
