package wamediax

import (
	"context"
	"net"
	"net/http"
	"net/url"

	"go.mau.fi/whatsmeow"
	"golang.org/x/net/proxy"
)

// idleConnsPerHost is how many connections to one host are kept for the next uploads where a host speaks HTTP/1.1 alone:
// with the standard library's 2 most of many uploads at once would begin with a handshake.
const idleConnsPerHost = 32

// newTransport has the defaults of the standard library, as whatsmeow's own has, but for idleConnsPerHost.
func newTransport() *http.Transport {
	transport := &http.Transport{Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true}
	if standard, ok := http.DefaultTransport.(*http.Transport); ok {
		transport = standard.Clone()
	}
	transport.MaxIdleConnsPerHost = idleConnsPerHost
	return transport
}

// SetProxy sets an HTTP proxy for the websocket and for media, as [whatsmeow.Client.SetProxy] does, uploads included.
// nil: no proxy, also none from the environment.
func (c *Client) SetProxy(proxy whatsmeow.Proxy, opts ...whatsmeow.SetProxyOptions) {
	c.Client.SetProxy(proxy, opts...)
	c.setUploadTransport(opts, func(transport *http.Transport) { transport.Proxy = proxy })
}

// SetProxyAddress sets a proxy by its URL (http, https or socks5), as [whatsmeow.Client.SetProxyAddress] does, uploads
// included. An empty address means no proxy.
func (c *Client) SetProxyAddress(addr string, opts ...whatsmeow.SetProxyOptions) error {
	if err := c.Client.SetProxyAddress(addr, opts...); err != nil {
		return err
	}
	var proxy whatsmeow.Proxy
	if addr != "" {
		parsed, err := url.Parse(addr)
		if err != nil {
			return err
		}
		proxy = http.ProxyURL(parsed) // net/http speaks socks5 as well
	}
	c.setUploadTransport(opts, func(transport *http.Transport) { transport.Proxy = proxy })
	return nil
}

// SetSOCKSProxy dials the websocket and media connections through px, as [whatsmeow.Client.SetSOCKSProxy] does, uploads
// included. px has to be a [proxy.ContextDialer] too.
func (c *Client) SetSOCKSProxy(px proxy.Dialer, opts ...whatsmeow.SetProxyOptions) {
	c.Client.SetSOCKSProxy(px, opts...)
	dial := px.(proxy.ContextDialer).DialContext
	c.setUploadTransport(opts, func(transport *http.Transport) {
		transport.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) { return dial(ctx, network, addr) }
	})
}

// SetMediaHTTPClient uses h for uploads and downloads, in place of any proxy set before. h itself is not changed.
func (c *Client) SetMediaHTTPClient(h *http.Client) {
	forDownloads, forUploads := *h, *h
	c.Client.SetMediaHTTPClient(&forDownloads) // a copy: whatsmeow's SetProxy writes to what it has been given
	c.http.Store(&forUploads)
}

// setUploadTransport gives uploads from now on a new transport, unless the options leave media out.
func (c *Client) setUploadTransport(opts []whatsmeow.SetProxyOptions, change func(*http.Transport)) {
	if len(opts) > 0 && opts[0].NoMedia {
		return
	}
	transport := newTransport()
	change(transport)
	client := *c.http.Load()
	client.Transport = transport
	c.http.Store(&client)
}
