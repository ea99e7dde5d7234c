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

// maxRedirects limits how many redirects Get follows.
const maxRedirects = 5

// Client fetches URLs from the public internet. Use New. It is safe for concurrent use and keeps no
// connections open.
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
		Proxy:                  nil, // the guard would check the proxy's address, not the URL's
		ForceAttemptHTTP2:      true,
		TLSHandshakeTimeout:    15 * time.Second,
		ResponseHeaderTimeout:  30 * time.Second,
		MaxResponseHeaderBytes: 64 << 10,
		DisableCompression:     true, // the limit must count the bytes the caller reads
		DisableKeepAlives:      true, // no connection outlives its call
	}}
}

// Get requests rawURL and follows redirects. The caller must close the Response's Body. Reading it
// fails with ErrTooLarge after maxBytes bytes. If the server announces a larger body, Get itself
// fails. If maxBytes is 0 or less there is no limit, and the caller must not read more than it
// needs.
//
// Every error is an [*Error]. It wraps ErrURL, ErrNotPublic, ErrPort, ErrRedirects, ErrTooLarge,
// ErrCompressed, a [*StatusError], a [*net.DNSError], the cause of ctx, or a network error. Errors
// of Get and of the Body contain no part of the URL except its host.
func (c *Client) Get(ctx context.Context, rawURL string, maxBytes int64) (*Response, error) {
	if c == nil || c.transport == nil {
		return nil, &Error{Err: errors.New("Client is nil or was not made by New")}
	}
	target, err := url.Parse(strings.TrimSpace(rawURL))
	if err != nil {
		return nil, &Error{Err: ErrURL} // url.Parse's error quotes the URL
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

// request requests one URL. If the response is a redirect, next is its target. It does not use
// http.Client, which sends a Referer and quotes a malformed Location in its error.
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
			err = ErrURL // Location's error quotes it
		}
	default:
		result, err = newResponse(ctx, resp, maxBytes)
	}
	if result == nil {
		_ = resp.Body.Close()
	}
	return result, next, err
}
