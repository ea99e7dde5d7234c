package mediahttp

import (
	"net/http"
	"sync"

	"go.mau.fi/whatsmeow"
)

// lock guards the fields of every Client and, so far as this package uses it, of whatsmeow's. There is one for all, because
// several Clients may follow the same whatsmeow client; nobody holds it for long.
var lock sync.Mutex

// Client is the HTTP client for one account's media. Its methods may be called at any time.
//
// There is one truth, the whatsmeow client's own HTTP client: setters here write to it, and Load
// reads it.
type Client struct {
	cli   *whatsmeow.Client // nil: there is only set
	field string

	// The rest is guarded by lock.
	set   *http.Client    // what was set here last; used where whatsmeow's cannot be read
	stock *http.Transport // the one that NewClient made, if nothing else was set before Follow …
	tuned *http.Transport // … and the one that media uses in its place
	made  *http.Transport // the latest that this package has made for set; nil: the program has set its own

	route route
}

// Follow returns the HTTP client for the media of cli, which may be nil. It changes nothing in cli.
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
		cli.Log.Warnf("Media ignores proxies and HTTP clients that are set on the whatsmeow client: " +
			"this version of whatsmeow does not have its HTTP client for media where it is looked up. " +
			"Set them on the wrapped client instead")
		return c
	}
	if stock, ok := untouched(cli); ok {
		c.stock, c.tuned = stock, tuned(stock)
	}
	return c
}

// Load returns the HTTP client for one call. It never follows redirects, which could carry an auth
// token to another host.
//
// A setter of the whatsmeow client has its effect if it returned before Load was called. These
// setters write without a lock, so the program must not call one at the same time as Load. A later
// Load, and the setters of c, also reroute what earlier clients send from then on.
func (c *Client) Load() *http.Client {
	lock.Lock()
	defer lock.Unlock()
	client := c.current()
	c.route.set(client.Transport)
	client.Transport = &c.route
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &client
}

// Set uses a copy of client, for whatsmeow's own requests too. nil means a transport with the
// defaults of the standard library.
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

// SetTransport replaces the transport, for whatsmeow's own requests too, by a new one that change has
// changed. Other settings of the HTTP client stay.
func (c *Client) SetTransport(change func(*http.Transport)) {
	transport := newTransport()
	change(transport)
	lock.Lock()
	defer lock.Unlock()
	client := c.current()
	client.Transport = transport
	c.install(client, transport)
}

// install gives whatsmeow a client that nobody else holds, since whatsmeow's SetProxy writes to it.
// made is its transport if this package has made that; no later request uses the one before.
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

// CloseIdleConnections closes the idle connections of the transports that this package has made. Those of a program's own
// HTTP client stay.
func (c *Client) CloseIdleConnections() {
	lock.Lock()
	defer lock.Unlock()
	for _, transport := range []*http.Transport{c.tuned, c.made} {
		if transport != nil {
			transport.CloseIdleConnections()
		}
	}
}
