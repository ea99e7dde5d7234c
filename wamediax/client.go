package wamediax

import (
	"context"
	"errors"
	"io/fs"
	"net/http"
	"time"

	"go.mau.fi/whatsmeow"
	"golang.org/x/sync/semaphore"

	"github.com/wamediax/whatsmeow-ext/wamediax/cdn"
	"github.com/wamediax/whatsmeow-ext/wamediax/fetch"
	"github.com/wamediax/whatsmeow-ext/wamediax/internal/journal"
	"github.com/wamediax/whatsmeow-ext/wamediax/internal/mediaconn"
	"github.com/wamediax/whatsmeow-ext/wamediax/internal/mediahttp"
	"github.com/wamediax/whatsmeow-ext/wamediax/internal/socketwait"
	"github.com/wamediax/whatsmeow-ext/wamediax/internal/source"
	"github.com/wamediax/whatsmeow-ext/wamediax/internal/turns"
	"github.com/wamediax/whatsmeow-ext/wamediax/internal/upload"
	"github.com/wamediax/whatsmeow-ext/wamediax/resume"
	"github.com/wamediax/whatsmeow-ext/wamediax/retry"
)

// ErrClosed is returned by calls made after [Client.Close], and by those in progress when it is
// called.
var ErrClosed = errors.New("client is closed")

// ErrStore is returned for an upload whose record the resume store could not lock, load or save. It
// needs [WithStrictStore].
var ErrStore = journal.ErrStore

var (
	errNotWrapped = errors.New("client was not made by wamediax.Wrap")
	errNilSource  = errors.New("source is nil")
)

// Client is a [whatsmeow.Client] with better media. It has all methods and fields of the wrapped
// client, and replaces those that upload, download or set a proxy with methods of the same
// signature. Make one with [Wrap]; transfers of any other Client return an error.
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

	life context.Context // canceled by Close
	end  context.CancelCauseFunc
}

// Wrap returns a Client that adds this package's methods to cli. It opens no connection and starts
// no goroutine. cli may be connected or not, and can still be used directly. Wrap each account
// once: a second Wrap of the same cli is an independent Client with its own limits. Do not call
// Wrap in an event handler: it adds one to cli, which whatsmeow does not allow there.
//
//	client := wamediax.Wrap(whatsmeow.NewClient(device, log))
//
// A proxy or HTTP client that was set on cli applies to all media. One that is set on cli later
// applies to calls that begin afterwards; see [Client.SetProxy].
//
// If cli is nil, every transfer returns [whatsmeow.ErrClientIsNil].
func Wrap(cli *whatsmeow.Client, opts ...Option) *Client {
	s := settings{spoolMemory: 8 << 20, resumeExpiry: 14 * 24 * time.Hour, bulk: bulkSettings{parallelism: 8}, previewTimeout: defaultPreviewTimeout}
	apply(opts, func(opt Option) { opt.wrap(&s) })
	c := &Client{
		Client: cli, http: mediahttp.Follow(cli), defaults: s.transfer, bulk: s.bulk, files: s.files,
		previewTimeout: s.previewTimeout,
	}
	if !source.IsNil(s.previewer) {
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
	c.requester = retry.New(cli, s.requesting...) // now, since an event handler cannot add another
	c.uploads = &upload.Pipeline{
		Client: cli, Conns: c.conns, HTTP: c.http.Load,
		Journal: journal.New(cli, s.store, s.resumeExpiry, s.strictStore), SpoolMemory: s.spoolMemory,
	}
	if s.maxParallel > 0 {
		c.uploads.Turns = semaphore.NewWeighted(s.maxParallel)
	}
	if s.turns != nil && s.turns.shared != nil {
		c.uploads.Shared = s.turns.shared.Join()
	}
	return c
}

// WithHTTPClient uses a copy of client for all media, like [Client.SetMediaHTTPClient]. client
// itself is never changed, not even by a later SetProxy. Its redirect policy does not apply:
// redirects are not followed.
//
// To serve many accounts from one connection pool, give them all the same client. Its transport
// needs a MaxIdleConnsPerHost that is high enough for hosts with HTTP/1.1 only. A proxy that is set
// later on one account does not affect the others. [WithTurns] keeps an account with many uploads
// from delaying the others. Accounts may also share a resume store, which keeps their records
// apart.
func WithHTTPClient(client *http.Client) Option {
	return wrapOption(func(s *settings) { s.http = client })
}

// WithSpoolMemory limits how many bytes of a plain stream's ciphertext each upload keeps in memory;
// the rest goes to a temporary file. The default is 8 MiB.
func WithSpoolMemory(bytes int64) Option {
	return wrapOption(func(s *settings) { s.spoolMemory = bytes })
}

// WithResumeStore records uploads in store. After a restart, an upload of the same file, or of the
// same [WithResumeID], continues from what the CDN holds. A file that was uploaded before is not
// sent again. Processes that share a store do not send the same file twice.
//
// A record contains the media key: anyone who can read the store can decrypt the media. If the
// store fails, uploads continue without it, unless [WithStrictStore] is set.
func WithResumeStore(store resume.Store) Option {
	return wrapOption(func(s *settings) {
		if s.store = store; source.IsNil(store) {
			s.store = nil
		}
	})
}

// WithStrictStore makes an upload fail with [ErrStore] if the resume store cannot lock, load or
// save its record before the first byte is sent. Without it, such an upload continues without a
// record, and only a warning in the client's log says so. A store that fails later never fails an
// upload.
func WithStrictStore() Option {
	return wrapOption(func(s *settings) { s.strictStore = true })
}

// WithResumeExpiry sets how long after its last use a record is kept. The default is 14 days.
func WithResumeExpiry(d time.Duration) Option {
	return wrapOption(func(s *settings) { s.resumeExpiry = d })
}

// WithFileMode sets the permissions of all files that [Client.DownloadFile] writes, such as 0o600
// for media that only this user may read. Without it, a new file gets the permissions of os.Create,
// and a file that replaces another keeps the other's. For a single file, use [fetch.WithFileMode].
func WithFileMode(mode fs.FileMode) Option {
	return wrapOption(func(s *settings) { s.files = append(s.files, fetch.WithFileMode(mode)) })
}

// WithMkdirAll makes [Client.DownloadFile] create missing parent directories with these
// permissions. They remain if the download fails.
func WithMkdirAll(mode fs.FileMode) Option {
	return wrapOption(func(s *settings) { s.files = append(s.files, fetch.WithMkdirAll(mode)) })
}

// WithMaxParallel limits how many uploads of the client run at a time, over all calls. Further
// uploads wait in order of arrival, or until their context ends. A live upload counts until its
// source ends. The default, 0, means no limit.
func WithMaxParallel(n int) Option {
	return wrapOption(func(s *settings) { s.maxParallel = int64(n) })
}

// Turns limits the uploads of several clients together: see [WithTurns]. Make one with [NewTurns];
// the zero value does not limit.
type Turns struct{ shared *turns.Turns }

// NewTurns returns Turns for n uploads at a time. Values below 1 count as 1.
func NewTurns(n int) *Turns { return &Turns{turns.New(n)} }

// WithTurns limits how many uploads run at a time over all clients that share t. Waiting clients
// take turns, so a client with a thousand uploads delays another by at most one of them. Within a
// client, uploads start in order of arrival; [WithMaxParallel] may be set as well. Without Turns,
// clients that share a transport get connections in whatever order net/http assigns them.
func WithTurns(t *Turns) Option {
	return wrapOption(func(s *settings) { s.turns = t })
}

// WithRequester sets options for asking the phone to upload media again, such as how long to wait
// for its answer.
func WithRequester(opts ...retry.Option) Option {
	return wrapOption(func(s *settings) {
		s.requesting = append(s.requesting, opts...)
	})
}

// Close detaches from the wrapped client, which stays connected and usable. Calls in progress and
// later calls return [ErrClosed], and open media can no longer be read. Close removes the event
// handler and closes idle connections, except those of an HTTP client that the application set.
// Further calls do nothing.
//
// Do not call Close in an event handler, where whatsmeow cannot remove handlers: use go
// client.Close() there.
func (c *Client) Close() {
	if c.check() != nil {
		return
	}
	c.end(ErrClosed)
	c.requester.Close()
	c.http.CloseIdleConnections()
}

// RemoveEventHandlers removes the application's event handlers, like
// [whatsmeow.Client.RemoveEventHandlers]. It keeps the handler of this package, which receives the
// phone's answers.
func (c *Client) RemoveEventHandlers() {
	if c == nil || c.Client == nil {
		return
	}
	c.Client.RemoveEventHandlers()
	if c.requester != nil {
		c.requester.Listen()
	}
}

// check returns why c cannot be used, or nil.
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

// begin starts a call. The context it returns also ends with Close. The caller must call end.
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
