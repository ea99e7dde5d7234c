package mediahttp

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"sync/atomic"

	"go.mau.fi/whatsmeow"
)

// idleConnsPerHost is how many idle HTTP/1.1 connections per host are kept. With the standard
// library's 2, most of many parallel uploads would start with a handshake.
const idleConnsPerHost = 32

// newTransport returns a transport with the standard library's defaults, like whatsmeow's, but more
// idle connections.
func newTransport() *http.Transport {
	standard, ok := http.DefaultTransport.(*http.Transport)
	if !ok {
		standard = &http.Transport{Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true}
	}
	return tuned(standard)
}

func tuned(transport *http.Transport) *http.Transport {
	transport = transport.Clone()
	transport.MaxIdleConnsPerHost = idleConnsPerHost
	if transport.OnProxyConnectResponse == nil {
		transport.OnProxyConnectResponse = refusedByProxy
	}
	return transport
}

// refusedByProxy replaces net/http's error, which is only the proxy's status text. That does not
// name the proxy, and may repeat the credentials.
func refusedByProxy(_ context.Context, proxy *url.URL, _ *http.Request, resp *http.Response) error {
	if resp.StatusCode == http.StatusOK {
		return nil
	}
	return fmt.Errorf("proxy %s responded with status %d %s", proxy.Host, resp.StatusCode, http.StatusText(resp.StatusCode))
}

// untouched returns cli's transport for media if NewClient made it and the program has not replaced
// or changed it. A transport of the program is never replaced: other accounts may share it, and
// protocols registered with it do not survive Clone.
func untouched(cli *whatsmeow.Client) (transport *http.Transport, ok bool) {
	standard, ok := http.DefaultTransport.(*http.Transport)
	if !ok {
		return nil, false
	}
	for _, field := range []string{mediaField, websocketField, preLoginField} {
		client, ok := read(cli, field)
		if !ok || client == nil {
			return nil, false
		}
		same, ok := client.Transport.(*http.Transport)
		if !ok || (transport != nil && same != transport) {
			return nil, false
		}
		transport = same
	}
	ok = transport.MaxIdleConnsPerHost == standard.MaxIdleConnsPerHost &&
		sameFunc(transport.Proxy, standard.Proxy) && sameFunc(transport.DialContext, standard.DialContext)
	return transport, ok
}

func sameFunc(a, b any) bool { return reflect.ValueOf(a).Pointer() == reflect.ValueOf(b).Pointer() }

// route sends each request through the most recently set transport.
type route struct {
	through atomic.Pointer[http.RoundTripper]
}

func (r *route) set(transport http.RoundTripper) { r.through.Store(&transport) }

func (r *route) RoundTrip(req *http.Request) (*http.Response, error) {
	return (*r.through.Load()).RoundTrip(req)
}
