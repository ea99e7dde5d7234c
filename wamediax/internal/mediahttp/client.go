package mediahttp

import (
	"net/http"
	"sync"

	"go.mau.fi/whatsmeow"
)

// lock guards the fields of all Clients, and this package's access to whatsmeow's fields. It is
// global because several Clients may follow the same whatsmeow client; it is only held briefly.
var lock sync.Mutex

// Client is the HTTP client for one account's media. It is safe for concurrent use.
//
// The whatsmeow client's own HTTP client is the only source of truth: setters write to it, and Load
// reads it.
type Client struct {
	cli   *whatsmeow.Client // nil: only set is used
	field string

	// The fields below are guarded by lock.
	set   *http.Client    // last set here; used if whatsmeow's cannot be read
	stock *http.Transport // made by NewClient, if nothing else was set before Follow …
	tuned *http.Transport // … and its replacement for media
	// the last one that this package made for set; nil: the program set its own
	made *http.Transport

	route route
}

// Follow returns the HTTP client for the media of cli, which may be nil. It does not change cli.
func Follow(cli *whatsmeow.Client) *Client { return follow(cli, mediaField) }

func follow(cli *whatsmeow.Client, field string) *Client {
	c := &Client{cli: cli, field: field, made: newTransport()}
	c.set = &http.Client{Transport: c.made}
	if cli == nil {
		return c
	}
	lock.Lock()
	defer lock.Unlock()
	if _, ok := read(cli, field); !ok {
		cli.Log.Warnf("Media transfers ignore proxies and HTTP clients set on the whatsmeow client: " +
			"cannot find the media HTTP client in this version of whatsmeow. " +
			"Set them on the wrapped client instead")
		return c
	}
	if stock, ok := untouched(cli); ok {
		c.stock, c.tuned = stock, tuned(stock)
	}
	return c
}

// Load returns the HTTP client for one call. It does not follow redirects, which could carry an
// auth token to another host.
//
// Changes by the whatsmeow client's setters apply if they returned before Load was called. Those
// setters write without a lock, so the program must not call one concurrently with Load. A later
// Load, or a setter of c, also redirects later requests of HTTP clients that were loaded before.
func (c *Client) Load() *http.Client {
	lock.Lock()
	defer lock.Unlock()
	client := c.current()
	c.route.set(client.Transport)
	client.Transport = &c.route
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &client
}

// Set uses a copy of client for media, and for whatsmeow's own requests. nil means a transport with
// the standard library's defaults.
func (c *Client) Set(client *http.Client) {
	var made *http.Transport
	if client == nil {
		made = newTransport()
		client = &http.Client{Transport: made}
	}
	lock.Lock()
	defer lock.Unlock()
	c.install(*client, made)
}

// SetTransport replaces the transport with a new one modified by change, for whatsmeow's own
// requests as well. Other settings of the HTTP client remain.
func (c *Client) SetTransport(change func(*http.Transport)) {
	transport := newTransport()
	change(transport)
	lock.Lock()
	defer lock.Unlock()
	client := c.current()
	client.Transport = transport
	c.install(client, transport)
}

// install gives whatsmeow a client that nothing else shares, since whatsmeow's SetProxy modifies
// it. made is its transport if this package made it. No later request uses the previous one.
func (c *Client) install(client http.Client, made *http.Transport) {
	before := c.made
	c.set, c.made = &client, made
	if before != nil {
		defer before.CloseIdleConnections()
	}
	if c.cli != nil {
		c.cli.SetMediaHTTPClient(&client)
	}
	c.route.set(c.current().Transport)
}

// current copies the HTTP client in use. Its transport is never nil.
func (c *Client) current() http.Client {
	client := *c.set
	if c.cli != nil {
		if theirs, ok := read(c.cli, c.field); ok && theirs != nil {
			client = *theirs
		}
	}
	if client.Transport == nil {
		client.Transport = http.DefaultTransport
	}
	if stock, ok := client.Transport.(*http.Transport); ok && stock == c.stock {
		client.Transport = c.tuned
	}
	return client
}

// CloseIdleConnections closes idle connections of the transports that this package made, not those
// of the program's own HTTP client.
func (c *Client) CloseIdleConnections() {
	lock.Lock()
	defer lock.Unlock()
	for _, transport := range []*http.Transport{c.tuned, c.made} {
		if transport != nil {
			transport.CloseIdleConnections()
		}
	}
}
