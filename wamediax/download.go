package wamediax

import (
	"context"
	"io"
	"slices"

	"go.mau.fi/whatsmeow"

	"github.com/wamediax/whatsmeow-ext/wamediax/fetch"
	"github.com/wamediax/whatsmeow-ext/wamediax/internal/iq"
)

// Downloaded is what a download did: bytes, and the direct path to store if the phone gave a new one.
type Downloaded = fetch.Downloaded

// Media is media that is read where it is, as [Client.OpenMedia] returns it. See [fetch.Fetcher.Open].
type Media struct {
	*fetch.Media
	end func()
}

// Close ends a Read that is under way and lets go of the connection. It may be called more than once.
func (m *Media) Close() error {
	defer m.end()
	return m.Media.Close()
}

// DownloadTo writes the media that msg describes to dst, while it arrives and is decrypted, in at most 2 MiB of memory. What
// dst has is UNVERIFIED until DownloadTo has returned nil. See [fetch.Fetcher.To], also for the errors to test for; with
// [WithReupload], [ErrPhoneSilent] and [ErrGone] are among them, and where the WhatsApp socket was needed and stayed down,
// whatsmeow's.
func (c *Client) DownloadTo(ctx context.Context, dst io.Writer, msg whatsmeow.DownloadableMessage, opts ...DownloadOption) (Downloaded, error) {
	d, err := c.beginDownload(ctx, msg, opts)
	if err != nil {
		return Downloaded{}, err
	}
	defer d.end()
	return d.To(d.ctx, dst, msg, d.opts...)
}

// DownloadFile is [Client.DownloadTo] into the file at path: it appears there whole and verified, or not at all.
// [WithFileMode] and [WithMkdirAll] set what the client's files look like. See [fetch.Fetcher.File].
func (c *Client) DownloadFile(ctx context.Context, path string, msg whatsmeow.DownloadableMessage, opts ...DownloadOption) (Downloaded, error) {
	d, err := c.beginDownload(ctx, msg, opts)
	if err != nil {
		return Downloaded{}, err
	}
	defer d.end()
	options := slices.Clip(c.files)
	for _, opt := range d.opts {
		options = append(options, opt)
	}
	return d.File(d.ctx, path, msg, options...)
}

// DownloadBytes is [Client.DownloadTo] into memory, all of it verified. It refuses more than 256 MiB, or what
// [WithLimit] sets. See [fetch.Fetcher.Bytes].
func (c *Client) DownloadBytes(ctx context.Context, msg whatsmeow.DownloadableMessage, opts ...DownloadOption) ([]byte, Downloaded, error) {
	d, err := c.beginDownload(ctx, msg, opts)
	if err != nil {
		return nil, Downloaded{}, err
	}
	defer d.end()
	return d.Bytes(d.ctx, msg, d.opts...)
}

// OpenMedia opens the media that msg describes where it is, to be read in parts without storing it, as [net/http.ServeContent]
// does. Only with a streaming sidecar in msg is anything verified. See [fetch.Fetcher.Open].
func (c *Client) OpenMedia(ctx context.Context, msg whatsmeow.DownloadableMessage, opts ...DownloadOption) (*Media, error) {
	d, err := c.beginDownload(ctx, msg, opts)
	if err != nil {
		return nil, err
	}
	media, err := d.Open(d.ctx, msg, d.opts...)
	if err != nil {
		d.end()
		return nil, err
	}
	return &Media{media, d.end}, nil
}

// download is a call in progress.
type download struct {
	*fetch.Fetcher
	ctx  context.Context
	opts []fetch.CallOption
	end  func()
}

// beginDownload begins a call that downloads msg. The caller must call end.
func (c *Client) beginDownload(ctx context.Context, msg whatsmeow.DownloadableMessage, opts []DownloadOption) (*download, error) {
	ctx, end, err := c.begin(ctx)
	if err != nil {
		return nil, err
	}
	s := downloadSettings{transfer: c.defaults}
	apply(opts, func(opt DownloadOption) { opt.download(&s) })
	calls := slices.Clip(s.receiving)
	if s.progress != nil {
		calls = append(calls, fetch.WithProgress(downloadProgress(s.progress)))
	}
	if s.reupload != nil && msg != nil {
		calls = append(calls, fetch.WithGone(c.bringBack(s.reupload, msg.GetMediaKey())))
	}
	f := fetch.New(c.conns, fetch.WithHTTPClient(c.http.Load()), fetch.WithLog(c.Log), fetch.WithUserAgent(iq.UserAgent(c.Client)))
	return &download{f, ctx, calls, end}, nil
}
