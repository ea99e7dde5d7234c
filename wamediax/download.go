package wamediax

import (
	"context"
	"io"

	"go.mau.fi/whatsmeow"

	"github.com/wamediax/whatsmeow-ext/wamediax/fetch"
	"github.com/wamediax/whatsmeow-ext/wamediax/internal/iq"
)

// Downloaded is what a download did: bytes, and the direct path to store if the phone gave a new one.
type Downloaded = fetch.Downloaded

// Media is media that is read where it is, as [Client.OpenMedia] returns it.
type Media = fetch.Media

// DownloadTo writes the media that msg describes to dst, while it arrives and is decrypted, in at most 2 MiB of memory. What
// dst has is UNVERIFIED until DownloadTo has returned nil. See [fetch.Fetcher.To], also for the errors to test for; with
// [WithReupload], [ErrPhoneSilent] and [ErrGone] are among them, and where the WhatsApp socket was needed and stayed down,
// whatsmeow's.
func (c *Client) DownloadTo(ctx context.Context, dst io.Writer, msg whatsmeow.DownloadableMessage, opts ...DownloadOption) (Downloaded, error) {
	f, calls, err := c.fetcher(msg, opts)
	if err != nil {
		return Downloaded{}, err
	}
	return f.To(ctx, dst, msg, calls...)
}

// DownloadFile is [Client.DownloadTo] into the file at path: it appears there whole and verified, or not at all. See
// [fetch.Fetcher.File].
func (c *Client) DownloadFile(ctx context.Context, path string, msg whatsmeow.DownloadableMessage, opts ...DownloadOption) (Downloaded, error) {
	f, calls, err := c.fetcher(msg, opts)
	if err != nil {
		return Downloaded{}, err
	}
	var options []fetch.FileOption
	for _, call := range calls {
		options = append(options, call)
	}
	return f.File(ctx, path, msg, options...)
}

// DownloadBytes is [Client.DownloadTo] into memory, all of it verified. It refuses more than 256 MiB, or what
// [WithDownloadLimit] sets. See [fetch.Fetcher.Bytes].
func (c *Client) DownloadBytes(ctx context.Context, msg whatsmeow.DownloadableMessage, opts ...DownloadOption) ([]byte, Downloaded, error) {
	f, calls, err := c.fetcher(msg, opts)
	if err != nil {
		return nil, Downloaded{}, err
	}
	return f.Bytes(ctx, msg, calls...)
}

// OpenMedia opens the media that msg describes where it is, to be read in parts without storing it, as [net/http.ServeContent]
// does. Only with a streaming sidecar in msg is anything verified. See [fetch.Fetcher.Open].
func (c *Client) OpenMedia(ctx context.Context, msg whatsmeow.DownloadableMessage, opts ...DownloadOption) (*Media, error) {
	f, calls, err := c.fetcher(msg, opts)
	if err != nil {
		return nil, err
	}
	return f.Open(ctx, msg, calls...)
}

// fetcher returns what downloads msg, and the options for it.
func (c *Client) fetcher(msg whatsmeow.DownloadableMessage, opts []DownloadOption) (*fetch.Fetcher, []fetch.CallOption, error) {
	if c == nil || c.Client == nil {
		return nil, nil, whatsmeow.ErrClientIsNil
	}
	var s downloadSettings
	for _, given := range [][]DownloadOption{c.downloading, opts} {
		for _, opt := range given {
			opt(&s)
		}
	}
	if s.reupload != nil && msg != nil {
		s.calls = append(s.calls, fetch.WithGone(c.bringBack(s.reupload, msg.GetMediaKey())))
	}
	return fetch.New(c.conns,
		fetch.WithHTTPClient(c.http.Load()),
		fetch.WithLog(c.Log),
		fetch.WithUserAgent(iq.UserAgent(c.Client)),
	), s.calls, nil
}
