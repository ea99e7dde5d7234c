package wamediax

import (
	"errors"
	"net/http"
	"net/url"
	"slices"

	"go.mau.fi/whatsmeow"
	"golang.org/x/net/proxy"
)

// errProxyAddress does not quote the address, which may contain a password, nor the error of
// url.Parse, which does.
var errProxyAddress = errors.New("failed to set the proxy: the address must be http://host:port, https://host:port or " +
	"socks5://host:port (it is not shown here, since it may contain a password)")

// SetProxy sets an HTTP proxy for the websocket and all media, like [whatsmeow.Client.SetProxy].
// nil means no proxy, not even one from the environment.
//
// SetProxy and the other three setters may run during uploads and downloads of c, but not
// concurrently with each other. Calls in progress use the new setting from their next request on.
// Setters of the embedded client, such as client.Client.SetProxy, apply to calls that begin after
// they return; whatsmeow does not synchronize them, so do not run them while a call begins.
//
// As with whatsmeow, call any of them before Connect: reconnects and automatic history downloads
// read these settings without a lock.
func (c *Client) SetProxy(proxy whatsmeow.Proxy, opts ...whatsmeow.SetProxyOptions) {
	if c == nil {
		return
	}
	websocket, media := c.splitProxyOptions(opts)
	if c.Client != nil {
		c.Client.SetProxy(proxy, websocket)
	}
	if media {
		c.http.SetTransport(func(transport *http.Transport) { transport.Proxy = proxy })
	}
}

// SetProxyAddress sets a proxy by its URL (http, https or socks5), like
// [whatsmeow.Client.SetProxyAddress]. An empty address means no proxy. An invalid address changes
// nothing. The error does not quote the address, which may contain a password.
func (c *Client) SetProxyAddress(addr string, opts ...whatsmeow.SetProxyOptions) error {
	if c == nil || c.Client == nil {
		return whatsmeow.ErrClientIsNil
	}
	if addr == "" {
		c.SetProxy(nil, opts...)
		return nil
	}
	parsed, err := url.Parse(addr)
	if err != nil || parsed.Hostname() == "" || !slices.Contains([]string{"http", "https", "socks5"}, parsed.Scheme) {
		return errProxyAddress
	}
	websocket, media := c.splitProxyOptions(opts)
	if c.Client.SetProxyAddress(addr, websocket) != nil {
		return errProxyAddress
	}
	if media {
		// net/http speaks SOCKS5 too
		c.http.SetTransport(func(transport *http.Transport) { transport.Proxy = http.ProxyURL(parsed) })
	}
	return nil
}

// SetSOCKSProxy dials all connections of the websocket and of media through px, like
// [whatsmeow.Client.SetSOCKSProxy]. Like whatsmeow, it panics unless px is also a
// [proxy.ContextDialer].
func (c *Client) SetSOCKSProxy(px proxy.Dialer, opts ...whatsmeow.SetProxyOptions) {
	if c == nil {
		return
	}
	websocket, media := c.splitProxyOptions(opts)
	if c.Client != nil {
		c.Client.SetSOCKSProxy(px, websocket)
	}
	if media {
		c.http.SetTransport(func(transport *http.Transport) { transport.DialContext = px.(proxy.ContextDialer).DialContext })
	}
}

// SetMediaHTTPClient uses a copy of h for all media and drops any proxy that was set before. nil
// means an HTTP client with the defaults of net/http. To share connections among accounts, see
// [WithHTTPClient].
func (c *Client) SetMediaHTTPClient(h *http.Client) {
	switch {
	case c == nil:
	case c.http != nil:
		c.http.Set(h)
	case c.Client != nil:
		c.Client.SetMediaHTTPClient(h)
	}
}

// splitProxyOptions returns the options for the websocket, and whether the setting also applies to
// media. A Client not made by Wrap leaves everything to whatsmeow.
func (c *Client) splitProxyOptions(opts []whatsmeow.SetProxyOptions) (websocket whatsmeow.SetProxyOptions, media bool) {
	if len(opts) > 0 {
		websocket = opts[0]
	}
	if c.http == nil {
		return websocket, false
	}
	media = !websocket.NoMedia
	websocket.NoMedia = true
	return websocket, media
}
