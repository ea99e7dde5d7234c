package wamediax

import (
	"context"
	"errors"
	"io/fs"
	"net/http"
	"reflect"
	"time"

	"go.mau.fi/whatsmeow"
	"golang.org/x/sync/semaphore"

	"github.com/wamediax/whatsmeow-ext/wamediax/cdn"
	"github.com/wamediax/whatsmeow-ext/wamediax/fetch"
	"github.com/wamediax/whatsmeow-ext/wamediax/internal/journal"
	"github.com/wamediax/whatsmeow-ext/wamediax/internal/mediaconn"
	"github.com/wamediax/whatsmeow-ext/wamediax/internal/mediahttp"
	"github.com/wamediax/whatsmeow-ext/wamediax/internal/socketwait"
	"github.com/wamediax/whatsmeow-ext/wamediax/internal/turns"
	"github.com/wamediax/whatsmeow-ext/wamediax/internal/upload"
	"github.com/wamediax/whatsmeow-ext/wamediax/resume"
	"github.com/wamediax/whatsmeow-ext/wamediax/retry"
)

// ErrClosed: [Client.Close] was called before the call, or while it was in progress.
var ErrClosed = errors.New("client is closed")

// ErrStore is returned for an upload whose record the resume store could not lock, load or save. It needs [WithStrictStore].
var ErrStore = journal.ErrStore

var (
	errNotWrapped = errors.New("client was not made by wamediax.Wrap")
	errNilSource  = errors.New("source is nil")
)

// Client is a [whatsmeow.Client] with better media. All of the wrapped client's methods and fields are there; the ones
// that upload and download, and those that set proxies, are replaced by methods of the same signature. Make one with [Wrap].
type Client struct {
	*whatsmeow.Client

	line      *socketwait.Line // nil without a wrapped client
	conns     cdn.ConnSource
	http      *mediahttp.Client // for uploads and downloads
	uploads   *upload.Pipeline
	requester *retry.Requester // nil without a wrapped client
	previewer Previewer        // nil: nothing is previewed
	defaults  transfer
	bulk      bulkSettings
	files     []fetch.FileOption // of DownloadFile

	previewTimeout time.Duration

	life context.Context // ends with Close
	end  context.CancelCauseFunc
}

// Wrap gives cli the methods of this package. It opens no connection and starts nothing; wrapping is allowed before and
// after cli connects, and cli may be used by itself alongside. Wrapping a client again makes another Client of the same
// account, independent of the first. Wrap adds an event handler to cli, which whatsmeow does not allow within one.
//
//	client := wamediax.Wrap(whatsmeow.NewClient(device, log))
//
// A proxy or an HTTP client that was set on cli applies to all media of the wrapped client. So does one that is set on cli
// later, for calls that begin afterwards; see [Client.SetProxy].
//
// If cli is nil, every transfer is [whatsmeow.ErrClientIsNil].
func Wrap(cli *whatsmeow.Client, opts ...Option) *Client {
	s := settings{spoolMemory: 8 << 20, resumeExpiry: 14 * 24 * time.Hour, bulk: bulkSettings{parallelism: 8}, previewTimeout: 30 * time.Second}
	apply(opts, func(opt Option) { opt.wrap(&s) })
	c := &Client{Client: cli, http: mediahttp.Follow(cli), defaults: s.transfer, bulk: s.bulk, files: s.files}
	c.previewTimeout = s.previewTimeout
	if !isNil(s.previewer) {
		c.previewer = s.previewer
	}
	c.life, c.end = context.WithCancelCause(context.Background())
	if s.http != nil {
		c.http.Set(s.http)
	}
	if cli == nil {
		return c
	}
	c.line = socketwait.New(cli)
	c.conns = mediaconn.New(c.line)
	c.requester = retry.New(cli, s.requesting...) // now: within an event handler, where bots download, none can be added
	c.uploads = &upload.Pipeline{
		Client: cli, Conns: c.conns, HTTP: c.http.Load,
		Journal: journal.New(cli, s.store, s.resumeExpiry, s.strictStore), SpoolMemory: s.spoolMemory,
	}
	if s.maxParallel > 0 {
		c.uploads.Turns = semaphore.NewWeighted(s.maxParallel)
	}
	if s.turns != nil {
		c.uploads.Shared = s.turns.shared.Join()
	}
	return c
}

// WithHTTPClient uses a copy of client for all media, like [Client.SetMediaHTTPClient]. client itself
// is never changed, not even by a later SetProxy, and its redirect policy does not apply: redirects
// are not followed.
//
// Its transport is used as it is. To serve many accounts from one pool of connections, give all of
// them the same client, with a transport whose MaxIdleConnsPerHost is high enough for hosts that
// speak only HTTP/1.1. A proxy that is set later on one account does not affect the others. [WithTurns] keeps an account
// with much to send from delaying the others; a resume store may be shared as well, as its records are kept by account.
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
	return wrapOption(func(s *settings) {
		if s.store = store; isNil(store) {
			s.store = nil
		}
	})
}

// WithStrictStore makes an upload fail with [ErrStore] if the resume store cannot lock, load or save its record before the first
// byte is sent. Without it, such an upload continues without a record, and only a warning in the client's log says so. A store
// that fails later never fails an upload.
func WithStrictStore() Option {
	return wrapOption(func(s *settings) { s.strictStore = true })
}

// WithResumeExpiry sets for how long an upload is remembered after it was last touched: 14 days.
func WithResumeExpiry(d time.Duration) Option {
	return wrapOption(func(s *settings) { s.resumeExpiry = d })
}

// WithFileMode sets the permissions of files that [Client.DownloadFile] writes, whether they are new or replace others, such
// as 0o600 for media that only this user may read. Without it a new file gets what os.Create gives, and one that replaces
// another takes over its permissions. To set them for one file, use [fetch.WithFileMode].
func WithFileMode(mode fs.FileMode) Option {
	return wrapOption(func(s *settings) { s.files = append(s.files, fetch.WithFileMode(mode)) })
}

// WithMkdirAll has [Client.DownloadFile] create the directories that lead to the file, with these permissions. They stay if
// the download then fails.
func WithMkdirAll(mode fs.FileMode) Option {
	return wrapOption(func(s *settings) { s.files = append(s.files, fetch.WithMkdirAll(mode)) })
}

// WithMaxParallel limits how many uploads of the client are at work at a time, whatever calls they come from; the others wait
// their turn in the order in which they came, or until their context ends. A live upload is at work until its source ends. 0,
// the default: no limit.
func WithMaxParallel(n int) Option {
	return wrapOption(func(s *settings) { s.maxParallel = int64(n) })
}

// Turns are shared by clients: see [WithTurns]. Make them with [NewTurns].
type Turns struct{ shared *turns.Turns }

// NewTurns lets n uploads be at work at a time; at least one.
func NewTurns(n int) *Turns { return &Turns{turns.New(n)} }

// WithTurns limits how many uploads are at work at a time, of all clients that have the same Turns. Clients that wait get
// their turns one after the other, so that one with a thousand uploads delays another by no more than one of them. Within a
// client the order is that of [WithMaxParallel], which may be set as well. Without Turns many clients share one transport
// in whatever order net/http gives connections to requests.
func WithTurns(t *Turns) Option {
	return wrapOption(func(s *settings) { s.turns = t })
}

// WithRequester sets how the phone is asked for media that the hosts no longer have.
func WithRequester(opts ...retry.Option) Option {
	return wrapOption(func(s *settings) {
		s.requesting = append(s.requesting, opts...)
	})
}

// Close detaches from the wrapped client, which stays as it is and may be used on, wrapped again or not. Calls in progress end
// with [ErrClosed], and so do later ones; open media can no longer be read. The event handler is removed and idle connections
// are closed, except those of an HTTP client that the program has set. Calling it again does nothing.
//
// It must not be called from within an event handler of the client: whatsmeow cannot remove handlers while one runs. Use
// go client.Close() there.
func (c *Client) Close() {
	if c.check() != nil {
		return
	}
	c.end(ErrClosed)
	c.requester.Close()
	c.http.CloseIdleConnections()
}

// RemoveEventHandlers removes the application's event handlers, like [whatsmeow.Client.RemoveEventHandlers]. The one of this
// package stays, so that the phone's answers keep arriving.
func (c *Client) RemoveEventHandlers() {
	if c == nil || c.Client == nil {
		return
	}
	c.Client.RemoveEventHandlers()
	if c.requester != nil {
		c.requester.Listen()
	}
}

// check reports why c cannot be used.
func (c *Client) check() error {
	switch {
	case c == nil || c.Client == nil:
		return whatsmeow.ErrClientIsNil
	case c.uploads == nil:
		return errNotWrapped
	default:
		return nil
	}
}

// begin begins a call. Its context ends with Close too. The caller must call end.
func (c *Client) begin(ctx context.Context) (_ context.Context, end func(), err error) {
	if err := c.check(); err != nil {
		return nil, nil, err
	}
	if c.life.Err() != nil {
		return nil, nil, ErrClosed
	}
	ctx, cancel := context.WithCancelCause(ctx)
	stop := context.AfterFunc(c.life, func() { cancel(ErrClosed) })
	return ctx, func() {
		stop()
		cancel(nil)
	}, nil
}

// isNil reports whether v is nil, or an interface that holds a nil pointer.
func isNil(v any) bool {
	if v == nil {
		return true
	}
	value := reflect.ValueOf(v)
	return value.Kind() == reflect.Pointer && value.IsNil()
}
