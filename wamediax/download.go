package wamediax

import (
	"context"
	"io"
	"slices"

	"go.mau.fi/whatsmeow"

	"github.com/wamediax/whatsmeow-ext/wamediax/fetch"
	"github.com/wamediax/whatsmeow-ext/wamediax/internal/iq"
)

// Downloaded describes a finished download: its bytes, and the new direct path if the phone
// uploaded the media again.
type Downloaded = fetch.Downloaded

// Media is remote media that can be read at any offset, returned by [Client.OpenMedia]. See
// [fetch.Fetcher.Open].
type Media struct {
	*fetch.Media
	end func()
}

// Close interrupts a Read in progress and releases the connection. It may be called more than once.
func (m *Media) Close() error {
	defer m.end()
	return m.Media.Close()
}

// DownloadTo downloads the media that msg describes, decrypts it and writes it to dst as it
// arrives, in at most 2 MiB of memory. The bytes in dst are UNVERIFIED until DownloadTo returns
// nil.
//
// See [fetch.Fetcher.To] for the errors to test for. With [WithReupload] it can also return
// [ErrPhoneSilent] and [ErrGone], and if the WhatsApp socket is needed but stays down, whatsmeow's
// errors.
func (c *Client) DownloadTo(ctx context.Context, dst io.Writer, msg whatsmeow.DownloadableMessage, opts ...DownloadOption) (Downloaded, error) {
	d, err := c.beginDownload(ctx, msg, opts)
	if err != nil {
		return Downloaded{}, err
	}
	defer d.end()
	return d.To(d.ctx, dst, msg, d.opts...)
}

// DownloadFile is [Client.DownloadTo] for the file at path. The file appears only when it is
// complete and verified. [WithFileMode] sets its permissions, and [WithMkdirAll] creates its
// directory. See [fetch.Fetcher.File].
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

// DownloadBytes is [Client.DownloadTo] into memory. The bytes it returns are verified. Media of
// more than 256 MiB, or of more than [WithLimit] allows, is an error. See [fetch.Fetcher.Bytes].
func (c *Client) DownloadBytes(ctx context.Context, msg whatsmeow.DownloadableMessage, opts ...DownloadOption) ([]byte, Downloaded, error) {
	d, err := c.beginDownload(ctx, msg, opts)
	if err != nil {
		return nil, Downloaded{}, err
	}
	defer d.end()
	return d.Bytes(d.ctx, msg, d.opts...)
}

// OpenMedia opens the media that msg describes for reading at any offset, as
// [net/http.ServeContent] needs, without storing it. The caller must close it. Its bytes are
// verified only if msg has a streaming sidecar. See [fetch.Fetcher.Open].
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

// download is a download in progress.
type download struct {
	*fetch.Fetcher
	ctx  context.Context
	opts []fetch.CallOption
	end  func()
}

// beginDownload starts a download of msg. The caller must call end.
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
