package safehttp

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"code.dny.dev/ssrf"
)

// maxRedirects is how many times a URL may lead to another one.
const maxRedirects = 5

// Client fetches URLs from the open internet. Use New. It is safe for concurrent use and keeps no
// connection open.
type Client struct {
	transport *http.Transport
	header    http.Header
}

// New returns a Client. Without options it dials only ports 80 and 443 of public addresses.
func New(opts ...Option) *Client {
	s := settings{header: http.Header{"User-Agent": {"Mozilla/5.0 (compatible; wamediax)"}, "Accept": {"*/*"}}}
	for _, opt := range opts {
		if opt != nil {
			opt(&s)
		}
	}
	dialer := &net.Dialer{Timeout: 15 * time.Second, Control: ssrf.New(s.guard()...).Safe, Resolver: s.resolver}
	return &Client{header: s.header, transport: &http.Transport{
		DialContext:            dialer.DialContext,
		Proxy:                  nil, // a proxy would be dialled in place of what the URL names
		ForceAttemptHTTP2:      true,
		TLSHandshakeTimeout:    15 * time.Second,
		ResponseHeaderTimeout:  30 * time.Second,
		MaxResponseHeaderBytes: 64 << 10,
		DisableCompression:     true, // so that the bytes counted are the bytes read
		DisableKeepAlives:      true, // so that no connection outlives its call
	}}
}

// Get requests rawURL and follows its redirects. The caller must close the Response's Body, which
// fails with ErrTooLarge after maxBytes bytes. If the server announces more than that, Get itself
// fails. Without a limit (maxBytes of 0 or less) the caller must read no more than it needs.
//
// The errors are an *Error. They wrap ErrURL, ErrNotPublic, ErrPort, ErrRedirects, ErrTooLarge,
// ErrCompressed, a *StatusError, a *net.DNSError, the cause of ctx, or an error of the network.
// Neither Get's errors nor the Body's contain more of the URL than its host.
func (c *Client) Get(ctx context.Context, rawURL string, maxBytes int64) (*Response, error) {
	if c == nil || c.transport == nil {
		return nil, errors.New("failed to fetch: the Client is nil, or was not made by New")
	}
	target, err := url.Parse(strings.TrimSpace(rawURL))
	if err != nil {
		return nil, &Error{Err: ErrURL} // url.Parse's error quotes it
	}
	for range maxRedirects + 1 {
		resp, next, err := c.request(ctx, target, maxBytes)
		if err != nil {
			return nil, &Error{target.Hostname(), err}
		}
		if next == nil {
			return resp, nil
		}
		target = next
	}
	return nil, &Error{target.Hostname(), ErrRedirects}
}

// request asks for one URL. If the answer redirects, next is the URL that it leads to. It does not
// use http.Client, which sends a Referer and quotes a malformed Location in its error.
func (c *Client) request(ctx context.Context, target *url.URL, maxBytes int64) (result *Response, next *url.URL, err error) {
	if (target.Scheme != "http" && target.Scheme != "https") || target.Hostname() == "" || target.User != nil {
		return nil, nil, ErrURL
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, target.String(), nil)
	if err != nil {
		return nil, nil, ErrURL
	}
	req.Header = c.header.Clone()
	resp, err := c.transport.RoundTrip(req)
	if err != nil {
		return nil, nil, whyNot(ctx, err)
	}
	switch resp.StatusCode {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		if next, err = resp.Location(); err != nil {
			err = ErrURL // it quotes the Location
		}
	default:
		result, err = newResponse(ctx, resp, maxBytes)
	}
	if result == nil {
		_ = resp.Body.Close()
	}
	return result, next, err
}
