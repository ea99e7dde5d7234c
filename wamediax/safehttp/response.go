package safehttp

import (
	"context"
	"io"
	"mime"
	"net/http"
	"net/url"
	"path"
	"strings"
)

// Response is the response to a Get. Everything in it is untrusted.
type Response struct {
	// Body must be closed. Its errors are like those of Get.
	Body io.ReadCloser

	// URL is the final URL, after redirects.
	URL *url.URL

	// Header is the response's header.
	Header http.Header

	// Size is the Content-Length in bytes, or -1 if the server sent none.
	Size int64
}

func newResponse(ctx context.Context, resp *http.Response, maxBytes int64) (*Response, error) {
	switch {
	case resp.StatusCode != http.StatusOK:
		return nil, &StatusError{resp.StatusCode}
	case maxBytes > 0 && resp.ContentLength > maxBytes:
		return nil, ErrTooLarge
	}
	for _, encoding := range resp.Header.Values("Content-Encoding") {
		if encoding != "" && !strings.EqualFold(encoding, "identity") {
			return nil, ErrCompressed
		}
	}
	body := &boundedBody{ctx: ctx, src: resp.Body, host: resp.Request.URL.Hostname(), left: maxBytes, bounded: maxBytes > 0}
	return &Response{Body: body, URL: resp.Request.URL, Header: resp.Header, Size: resp.ContentLength}, nil
}

// FileName returns the file name in Content-Disposition, or the last element of the URL's path. It
// may be empty. It is untrusted and may contain slashes: do not use it as a path.
func (r *Response) FileName() string {
	if _, params, err := mime.ParseMediaType(r.Header.Get("Content-Disposition")); err == nil && params["filename"] != "" {
		return params["filename"]
	}
	name := path.Base(r.URL.Path)
	if strings.Trim(name, "./") == "" {
		return ""
	}
	return name
}

// boundedBody returns an error at its limit, where io.LimitReader would return io.EOF.
type boundedBody struct {
	ctx     context.Context
	src     io.ReadCloser
	host    string
	bounded bool
	left    int64
}

func (b *boundedBody) Read(p []byte) (int, error) {
	if b.bounded && int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.src.Read(p)
	if b.bounded && int64(n) > b.left {
		n = int(b.left)
		b.left = 0
		return n, &Error{b.host, ErrTooLarge}
	}
	b.left -= int64(n)
	if err != nil && err != io.EOF {
		err = &Error{b.host, whyNot(b.ctx, err)}
	}
	return n, err
}

func (b *boundedBody) Close() error { return b.src.Close() }
