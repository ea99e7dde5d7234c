package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"

	"code.dny.dev/ssrf"
	"github.com/dustin/go-humanize"
)

// maxRedirects is how many times a URL may lead to another one.
const maxRedirects = 5

// fetcher reads URLs that somebody sent. They may name anything, so it reads the open internet alone: what is looked at is
// the address that is really dialled, after DNS and after every redirect.
type fetcher struct {
	client *http.Client
	max    int64 // bytes of a body
}

// newFetcher returns a fetcher that reads at most max bytes. Without options only ports 80 and 443 of public addresses are
// dialled.
func newFetcher(max int64, guard ...ssrf.Option) *fetcher {
	dialer := &net.Dialer{Timeout: 15 * time.Second, Control: ssrf.New(guard...).Safe}
	return &fetcher{max: max, client: &http.Client{
		Transport: &http.Transport{
			DialContext:            dialer.DialContext,
			Proxy:                  nil, // a proxy would be dialled in place of what the URL names
			ForceAttemptHTTP2:      true,
			TLSHandshakeTimeout:    15 * time.Second,
			ResponseHeaderTimeout:  30 * time.Second,
			MaxResponseHeaderBytes: 64 << 10,
			DisableCompression:     true, // what is counted shall be what is read
			DisableKeepAlives:      true, // no connection outlives its command
		},
		CheckRedirect: func(req *http.Request, via []*http.Request) error {
			if len(via) > maxRedirects {
				return plainly("The URL leads on and on.")
			}
			return checkURL(req.URL)
		},
	}}
}

// download is what a URL leads to. The reader must be closed.
type download struct {
	io.ReadCloser
	name string // what the server or the URL calls it; may be empty
}

// open begins to read a URL. The errors of the reader are a *sourceError, or say that it is too large.
func (f *fetcher) open(ctx context.Context, rawURL string) (*download, error) {
	target, err := url.Parse(rawURL)
	if err != nil {
		return nil, plainly("That is no URL.")
	}
	if err := checkURL(target); err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, target.String(), nil)
	if err != nil {
		return nil, plainly("That is no URL.")
	}
	resp, err := f.client.Do(req)
	if err != nil {
		return nil, fetchError(ctx, err)
	}
	switch {
	case resp.StatusCode != http.StatusOK:
		err = plainly("The server at %s says %s.", resp.Request.URL.Hostname(), cmp.Or(http.StatusText(resp.StatusCode), fmt.Sprint(resp.StatusCode)))
	case resp.ContentLength > f.max:
		err = tooLarge(f.max)
	}
	if err != nil {
		_ = resp.Body.Close()
		return nil, err
	}
	body := &boundedReader{ReadCloser: resp.Body, left: f.max, max: f.max}
	return &download{body, nameOf(resp)}, nil
}

// checkURL tells what is wrong with a URL itself. Where it leads is seen when it is dialled.
func checkURL(target *url.URL) error {
	switch {
	case target.Scheme != "http" && target.Scheme != "https":
		return plainly("Only URLs that begin with http:// or https:// can be sent.")
	case target.Host == "":
		return plainly("That is no URL.")
	case target.User != nil:
		return plainly("A URL with a user name or a password in it is not fetched.")
	}
	return nil
}

// fetchError leaves the URL out: what follows its host may be a secret.
func fetchError(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	var refused *answerError
	var inURL *url.Error
	var dns *net.DNSError
	switch {
	case errors.As(err, &refused):
		return refused
	case errors.Is(err, ssrf.ErrProhibitedIP), errors.Is(err, ssrf.ErrProhibitedNetwork):
		return plainly("That URL leads to an address that is not on the open internet.")
	case errors.Is(err, ssrf.ErrProhibitedPort):
		return plainly("Only the ports 80 and 443 are fetched from.")
	case errors.As(err, &dns):
		return plainly("There is no such host.")
	case errors.As(err, &inURL):
		err = inURL.Err
	}
	return &sourceError{err}
}

// nameOf returns what a file that was fetched is called.
func nameOf(resp *http.Response) string {
	if _, params, err := mime.ParseMediaType(resp.Header.Get("Content-Disposition")); err == nil && params["filename"] != "" {
		return params["filename"]
	}
	name := path.Base(resp.Request.URL.Path)
	if strings.Trim(name, "./") == "" {
		return ""
	}
	return name
}

// sourceError says that it was the source that failed, and not the upload.
type sourceError struct{ err error }

func (e *sourceError) Error() string { return "source failed: " + e.err.Error() }
func (e *sourceError) Unwrap() error { return e.err }

func tooLarge(max int64) error {
	return plainly("It is larger than the %s that are allowed.", humanize.IBytes(uint64(max)))
}

// boundedReader fails, where io.LimitReader would end as if that were all.
type boundedReader struct {
	io.ReadCloser
	left, max int64
}

func (r *boundedReader) Read(p []byte) (int, error) {
	if int64(len(p)) > r.left+1 {
		p = p[:r.left+1]
	}
	n, err := r.ReadCloser.Read(p)
	if int64(n) > r.left {
		return int(r.left), tooLarge(r.max)
	}
	r.left -= int64(n)
	if err != nil && err != io.EOF {
		err = &sourceError{err}
	}
	return n, err
}
