package wamediax

import (
	"errors"
	"net/http"
	"net/url"
	"slices"

	"go.mau.fi/whatsmeow"
	"golang.org/x/net/proxy"
)

// errProxyAddress does not quote the address, nor url.Parse's error, which does.
var errProxyAddress = errors.New("failed to set the proxy: the address must be http://host:port, https://host:port or " +
	"socks5://host:port (it is not shown here, since it may contain a password)")

// SetProxy sets an HTTP proxy for the websocket and for all media, like [whatsmeow.Client.SetProxy].
// nil means no proxy, not even one from the environment.
//
// This and the other three setters may run, one at a time, beside uploads and downloads of c. Calls
// in progress follow with their next request. The same setters of the embedded whatsmeow client
// (such as client.Client.SetProxy) count for calls that begin after they have returned. whatsmeow
// does not synchronize them, so none may run while a call begins.
//
// As with whatsmeow alone, call any of them before Connect: what the client does by itself, such as
// a reconnect or the download of a history sync, reads these settings without a lock.
func (c *Client) SetProxy(proxy whatsmeow.Proxy, opts ...whatsmeow.SetProxyOptions) {
	websocket, media := c.splitProxyOptions(opts)
	if c.Client != nil {
		c.Client.SetProxy(proxy, websocket)
	}
	if media {
		c.http.SetTransport(func(transport *http.Transport) { transport.Proxy = proxy })
	}
}

// SetProxyAddress sets a proxy by its URL (http, https or socks5), like
// [whatsmeow.Client.SetProxyAddress]. An empty address means no proxy. An address that cannot be
// used changes nothing; the error does not contain it, since it may hold a password.
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
		c.http.SetTransport(func(transport *http.Transport) { transport.Proxy = http.ProxyURL(parsed) }) // net/http speaks SOCKS5 too
	}
	return nil
}

// SetSOCKSProxy dials the connections of the websocket and of all media through px, like
// [whatsmeow.Client.SetSOCKSProxy]. It panics, as whatsmeow does, unless px is also a
// [proxy.ContextDialer].
func (c *Client) SetSOCKSProxy(px proxy.Dialer, opts ...whatsmeow.SetProxyOptions) {
	websocket, media := c.splitProxyOptions(opts)
	if c.Client != nil {
		c.Client.SetSOCKSProxy(px, websocket)
	}
	if media {
		c.http.SetTransport(func(transport *http.Transport) { transport.DialContext = px.(proxy.ContextDialer).DialContext })
	}
}

// SetMediaHTTPClient uses a copy of h for all media, in place of any proxy that was set before. nil
// means an HTTP client with the defaults of net/http. To share connections among accounts, see
// [WithHTTPClient].
func (c *Client) SetMediaHTTPClient(h *http.Client) {
	switch {
	case c.http != nil:
		c.http.Set(h)
	case c.Client != nil:
		c.Client.SetMediaHTTPClient(h)
	}
}

// splitProxyOptions returns the options for the websocket alone, and whether media is to follow too. A Client that Wrap has
// not made leaves everything to whatsmeow.
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
