package wamediax_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"golang.org/x/net/proxy"

	"github.com/wamediax/whatsmeow-ext/wamediax"
	"github.com/wamediax/whatsmeow-ext/wamediax/cdn"
)

// proxySetter is what a wrapped client and a whatsmeow client have in common.
type proxySetter interface {
	SetProxy(whatsmeow.Proxy, ...whatsmeow.SetProxyOptions)
	SetProxyAddress(string, ...whatsmeow.SetProxyOptions) error
	SetSOCKSProxy(proxy.Dialer, ...whatsmeow.SetProxyOptions)
	SetMediaHTTPClient(*http.Client)
}

// proxied is a service with a client that is not wrapped yet. Transports made from net/http's
// default trust the service and open a connection for each request.
type proxied struct {
	*service
	plain  *whatsmeow.Client
	log    logged
	direct atomic.Int64 // how many connections such transports opened other than to a proxy
}

func newProxied(t *testing.T) *proxied {
	t.Helper()
	s := &proxied{service: &service{Server: newServer(t)}}
	s.plain = s.receiver(t)
	s.plain.Log = &s.log

	standard := http.DefaultTransport
	t.Cleanup(func() { http.DefaultTransport = standard })
	transport := standard.(*http.Transport).Clone()
	transport.TLSClientConfig = s.HTTPClient().Transport.(*http.Transport).TLSClientConfig.Clone()
	transport.DisableKeepAlives = true
	transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		if host, _, _ := net.SplitHostPort(address); host != "127.0.0.1" {
			s.direct.Add(1)
			address = s.address(t) // so that what goes past the proxy succeeds
		}
		return new(net.Dialer).DialContext(ctx, network, address)
	}
	http.DefaultTransport = transport
	return s
}

func (s *proxied) wrap(opts ...wamediax.Option) {
	s.client = wamediax.Wrap(s.plain, opts...)
}

// countedTrips is a program's own RoundTripper.
type countedTrips struct {
	http.RoundTripper
	trips atomic.Int64
}

func (c *countedTrips) RoundTrip(req *http.Request) (*http.Response, error) {
	c.trips.Add(1)
	return c.RoundTripper.RoundTrip(req)
}

func TestAllMediaGoesThroughTheProxyHoweverItIsSet(t *testing.T) {
	data := content(100 * kibi)
	setters := map[string]struct {
		proxy func(*service, *testing.T) *testProxy
		set   func(*testing.T, proxySetter, *testProxy)
	}{
		"SetProxyAddress of an HTTP proxy": {(*service).newHTTPProxy, func(t *testing.T, cli proxySetter, p *testProxy) {
			require.NoError(t, cli.SetProxyAddress(p.url(proxyPassword).String()))
		}},
		"SetProxyAddress of a SOCKS5 proxy": {(*service).newSOCKSProxy, func(t *testing.T, cli proxySetter, p *testProxy) {
			require.NoError(t, cli.SetProxyAddress(p.url(proxyPassword).String()))
		}},
		"SetProxy": {(*service).newHTTPProxy, func(_ *testing.T, cli proxySetter, p *testProxy) {
			cli.SetProxy(http.ProxyURL(p.url(proxyPassword)))
		}},
		"SetSOCKSProxy": {(*service).newSOCKSProxy, func(t *testing.T, cli proxySetter, p *testProxy) {
			cli.SetSOCKSProxy(p.dialer(t))
		}},
		"SetMediaHTTPClient with a RoundTripper of the program's own": {(*service).newHTTPProxy, func(t *testing.T, cli proxySetter, p *testProxy) {
			transport := http.DefaultTransport.(*http.Transport).Clone()
			transport.Proxy = http.ProxyURL(p.url(proxyPassword))
			trips := &countedTrips{RoundTripper: transport}
			cli.SetMediaHTTPClient(&http.Client{Transport: trips})
			t.Cleanup(func() { require.Equal(t, p.tunnels.Load(), trips.trips.Load()) })
		}},
	}
	moments := map[string]func(s *proxied, set func(proxySetter)){
		"before Wrap": func(s *proxied, set func(proxySetter)) {
			set(s.plain)
			s.wrap()
		},
		"after Wrap, on the whatsmeow client": func(s *proxied, set func(proxySetter)) {
			s.wrap()
			set(s.client.Client)
		},
		"after Wrap, on the wrapped client": func(s *proxied, set func(proxySetter)) {
			s.wrap()
			set(s.client)
		},
		"after Wrap with an HTTP client, on the whatsmeow client": func(s *proxied, set func(proxySetter)) {
			s.wrap(wamediax.WithHTTPClient(s.HTTPClient()))
			set(s.client.Client)
		},
		"after Wrap and calls that went without a proxy, on the wrapped client": func(s *proxied, set func(proxySetter)) {
			s.wrap()
			_, _ = s.client.Upload(context.Background(), content(10), whatsmeow.MediaImage)
			set(s.client)
		},
	}
	calls := []struct {
		name string
		call func(t *testing.T, s *service, msg *waE2E.VideoMessage) (got []byte)
	}{
		{"Upload", func(t *testing.T, s *service, _ *waE2E.VideoMessage) []byte {
			_, err := s.client.Upload(t.Context(), content(10), whatsmeow.MediaImage)
			require.NoError(t, err)
			return data
		}},
		{"UploadMedia", func(t *testing.T, s *service, _ *waE2E.VideoMessage) []byte {
			_, err := s.client.UploadMedia(t.Context(), stream(content(11)), whatsmeow.MediaImage)
			require.NoError(t, err)
			return data
		}},
		{"UploadLive", func(t *testing.T, s *service, _ *waE2E.VideoMessage) []byte {
			_, err := s.client.UploadLive(t.Context(), stream(content(2*mebi)), whatsmeow.MediaVideo)
			require.NoError(t, err)
			return data
		}},
		{"Download", func(t *testing.T, s *service, msg *waE2E.VideoMessage) []byte {
			got, err := s.client.Download(t.Context(), msg)
			require.NoError(t, err)
			return got
		}},
		{"Download of the whatsmeow client", func(t *testing.T, s *service, msg *waE2E.VideoMessage) []byte {
			got, err := s.client.Client.Download(t.Context(), msg)
			require.NoError(t, err)
			return got
		}},
		{"DownloadTo", func(t *testing.T, s *service, msg *waE2E.VideoMessage) []byte {
			var got bytes.Buffer
			_, err := s.client.DownloadTo(t.Context(), &got, msg)
			require.NoError(t, err)
			return got.Bytes()
		}},
		{"OpenMedia", func(t *testing.T, s *service, msg *waE2E.VideoMessage) []byte {
			media, err := s.client.OpenMedia(t.Context(), msg)
			require.NoError(t, err)
			got, err := io.ReadAll(media)
			require.NoError(t, err)
			require.NoError(t, media.Close())
			return got
		}},
	}
	for setter, by := range setters {
		for moment, wrapAndSet := range moments {
			t.Run(setter+", "+moment, func(t *testing.T) {
				s := newProxied(t)
				msg := s.posted(t, data)
				p := by.proxy(s.service, t)
				wrapAndSet(s, func(cli proxySetter) { by.set(t, cli, p) })
				require.Zero(t, p.tunnels.Load())
				for _, test := range calls {
					before, tunnels := len(s.Requests()), p.tunnels.Load()
					require.Equal(t, data, test.call(t, s.service, msg), test.name)
					asked := len(s.Requests()) - before
					require.Positive(t, asked, test.name)
					require.EqualValues(t, asked, p.tunnels.Load()-tunnels, "%s: each request opens a connection, all through the proxy", test.name)
				}
				require.Zero(t, s.direct.Load())
			})
		}
	}
}

func TestProxyWithoutMediaLeavesMediaAlone(t *testing.T) {
	noMedia := whatsmeow.SetProxyOptions{NoMedia: true}
	for name, set := range map[string]func(*testing.T, proxySetter, *testProxy){
		"SetProxy": func(_ *testing.T, cli proxySetter, p *testProxy) { cli.SetProxy(http.ProxyURL(p.url("")), noMedia) },
		"SetProxyAddress": func(t *testing.T, cli proxySetter, p *testProxy) {
			require.NoError(t, cli.SetProxyAddress(p.url("").String(), noMedia))
		},
		"SetProxyAddress of nothing": func(t *testing.T, cli proxySetter, _ *testProxy) {
			require.NoError(t, cli.SetProxyAddress("", noMedia))
		},
		"SetSOCKSProxy": func(t *testing.T, cli proxySetter, p *testProxy) { cli.SetSOCKSProxy(p.dialer(t), noMedia) },
	} {
		for moment, of := range map[string]func(*proxied) proxySetter{
			"on the wrapped client":   func(s *proxied) proxySetter { return s.client },
			"on the whatsmeow client": func(s *proxied) proxySetter { return s.client.Client },
		} {
			t.Run(name+", "+moment, func(t *testing.T) {
				s := newProxied(t)
				s.wrap()
				wanted, websocketOnly := s.newHTTPProxy(t), s.newHTTPProxy(t)
				require.NoError(t, s.client.SetProxyAddress(wanted.url(proxyPassword).String()))
				set(t, of(s), websocketOnly)
				ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
				defer cancel()
				_, err := s.client.Upload(ctx, content(10), whatsmeow.MediaImage)
				require.NoError(t, err)
				require.Positive(t, wanted.tunnels.Load())
				require.Zero(t, websocketOnly.tunnels.Load()+websocketOnly.refused.Load())
			})
		}
	}
}

func TestProxyIsTakenAway(t *testing.T) {
	for name, takeAway := range map[string]func(*testing.T, *proxied){
		"by an empty address": func(t *testing.T, s *proxied) { require.NoError(t, s.client.SetProxyAddress("")) },
		"by a nil proxy":      func(_ *testing.T, s *proxied) { s.client.SetProxy(nil) },
		"by an HTTP client":   func(_ *testing.T, s *proxied) { s.client.SetMediaHTTPClient(s.HTTPClient()) },
		"by no HTTP client":   func(_ *testing.T, s *proxied) { s.client.SetMediaHTTPClient(nil) },
		"by an empty HTTP client, on the whatsmeow client": func(_ *testing.T, s *proxied) { s.client.Client.SetMediaHTTPClient(new(http.Client)) },
	} {
		t.Run(name, func(t *testing.T) {
			s := newProxied(t)
			s.wrap()
			p := s.newHTTPProxy(t)
			require.NoError(t, s.client.SetProxyAddress(p.url(proxyPassword).String()))
			takeAway(t, s)
			_, err := s.client.Upload(t.Context(), content(10), whatsmeow.MediaImage)
			require.NoError(t, err)
			require.Zero(t, p.tunnels.Load())
		})
	}
}

func TestCallsInProgressFollowAProxyThatIsSet(t *testing.T) {
	s := newProxied(t)
	s.wrap()
	data := content(3 * mebi)
	up, err := s.client.UploadMedia(t.Context(), stream(data), whatsmeow.MediaVideo)
	require.NoError(t, err)
	media, err := s.client.OpenMedia(t.Context(), up.VideoMessage())
	require.NoError(t, err)
	_, err = io.ReadFull(media, make([]byte, 10))
	require.NoError(t, err)

	p := s.newSOCKSProxy(t)
	s.client.SetSOCKSProxy(p.dialer(t))
	before := len(s.Requests())
	_, err = media.Seek(2*mebi, io.SeekStart)
	require.NoError(t, err)
	got, err := io.ReadAll(media)
	require.NoError(t, err)
	require.Equal(t, data[2*mebi:], got)
	require.NoError(t, media.Close())
	require.Positive(t, p.tunnels.Load())
	require.EqualValues(t, len(s.Requests())-before, p.tunnels.Load())
}

func TestProxiesMayBeSetBesideCalls(t *testing.T) {
	s := newProxied(t)
	s.wrap()
	p, socks := s.newHTTPProxy(t), s.newSOCKSProxy(t)
	up, err := s.client.UploadMedia(t.Context(), stream(content(10)), whatsmeow.MediaImage)
	require.NoError(t, err)
	var running sync.WaitGroup
	for range 3 {
		running.Go(func() {
			for range 10 {
				_, err := s.client.Upload(t.Context(), content(10), whatsmeow.MediaImage)
				require.NoError(t, err)
				_, err = s.client.DownloadTo(t.Context(), io.Discard, up.ImageMessage())
				require.NoError(t, err)
			}
		})
	}
	for range 20 {
		require.NoError(t, s.client.SetProxyAddress(p.url(proxyPassword).String()))
		s.client.SetSOCKSProxy(socks.dialer(t))
		s.client.SetMediaHTTPClient(s.HTTPClient())
		s.client.SetProxy(nil)
	}
	running.Wait()
}

func TestProxyPasswordIsNeitherInErrorsNorInTheLog(t *testing.T) {
	const password = "wrong-secret"
	basic := base64.StdEncoding.EncodeToString([]byte(proxyUser + ":" + password))
	for name, newProxy := range map[string]func(*service, *testing.T) *testProxy{
		"where an HTTP proxy refuses it and quotes it": (*service).newHTTPProxy,
		"where a SOCKS5 proxy refuses it":              (*service).newSOCKSProxy,
		"where nothing listens": func(_ *service, t *testing.T) *testProxy {
			listener, err := net.Listen("tcp", "127.0.0.1:0")
			require.NoError(t, err)
			require.NoError(t, listener.Close())
			return &testProxy{scheme: "http", address: listener.Addr().String()}
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newProxied(t)
			msg := s.posted(t, content(10))
			s.wrap(shortPauses, fewAttempts)
			p := newProxy(s.service, t)
			require.NoError(t, s.client.SetProxyAddress(p.url(password).String()))
			_, uploading := s.client.Upload(t.Context(), content(10), whatsmeow.MediaImage)
			require.Error(t, uploading)
			ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
			defer cancel()
			_, downloading := s.client.DownloadTo(ctx, io.Discard, msg)
			require.Error(t, downloading)
			if p.scheme == "http" && p.refused.Load() > 0 {
				require.ErrorContains(t, uploading, "proxy "+p.address+" responded with status 407 Proxy Authentication Required")
			}
			for _, text := range []string{uploading.Error(), downloading.Error(), s.log.text()} {
				require.NotEmpty(t, text)
				require.NotContains(t, text, password)
				require.NotContains(t, text, basic)
			}
		})
	}
}

func TestProxyAddressThatCannotBeUsedIsAnErrorWithoutIt(t *testing.T) {
	s := newService(t)
	for name, addr := range map[string]string{
		"another scheme":                  "gopher://user:secret@localhost",
		"no scheme":                       "user:secret@localhost:8080",
		"a key in the scheme's place":     "secret:@localhost:8080",
		"no host":                         "http://",
		"no host after a password":        "http://user:secret@",
		"an escape that is none":          "http://user:sec%zzret@localhost",
		"a slash in the password":         "http://user:sec/ret@localhost",
		"a port that is none":             "socks5://user:secret@localhost:secret",
		"a control character in the host": "https://user:secret@local\x00host",
	} {
		t.Run(name, func(t *testing.T) {
			err := s.client.SetProxyAddress(addr)
			require.ErrorContains(t, err, "the address must be http://host:port")
			require.NotContains(t, err.Error(), "sec")
			_, err = s.client.Upload(t.Context(), content(10), whatsmeow.MediaImage)
			require.NoError(t, err, "nothing has changed")
		})
	}
}

func TestProxyOfNoClientIsNoPanic(t *testing.T) {
	client := wamediax.Wrap(nil)
	require.ErrorIs(t, client.SetProxyAddress("http://localhost:8080"), whatsmeow.ErrClientIsNil)
	client.SetProxy(nil)
	client.SetSOCKSProxy(proxy.Direct)
	client.SetMediaHTTPClient(nil)
	_, err := client.Upload(t.Context(), content(10), whatsmeow.MediaImage)
	require.ErrorIs(t, err, whatsmeow.ErrClientIsNil)
}

func TestHTTPClientOfTheCallerIsNotChanged(t *testing.T) {
	wrapped := func(s *service) proxySetter { return s.client }
	whatsmeows := func(s *service) proxySetter { return s.client.Client }
	give := func(s *service, own *http.Client) {
		s.client = wamediax.Wrap(s.client.Client, wamediax.WithHTTPClient(own))
	}
	for name, test := range map[string]struct {
		give func(*service, *http.Client)
		on   func(*service) proxySetter
	}{
		"given to Wrap, then SetProxy":                         {give, wrapped},
		"given to Wrap, then SetProxy on the whatsmeow client": {give, whatsmeows},
		"set, then SetProxy":                                   {func(s *service, own *http.Client) { s.client.SetMediaHTTPClient(own) }, wrapped},
		"set, then SetProxy on the whatsmeow client":           {func(s *service, own *http.Client) { s.client.SetMediaHTTPClient(own) }, whatsmeows},
		"set on the whatsmeow client, then SetProxy":           {func(s *service, own *http.Client) { s.client.Client.SetMediaHTTPClient(own) }, wrapped},
	} {
		t.Run(name, func(t *testing.T) {
			s := newService(t)
			own := s.HTTPClient()
			before := own.Transport
			test.give(s, own)
			_, err := s.client.Upload(t.Context(), content(10), whatsmeow.MediaImage)
			require.NoError(t, err)
			test.on(s).SetProxy(nil)
			require.Same(t, before, own.Transport)
			require.Nil(t, own.CheckRedirect)
		})
	}
}

// redirects answers every POST with a redirect to another host.
type redirects struct {
	http.RoundTripper
	followed atomic.Int64
}

func (r *redirects) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.URL.Host == "elsewhere.test" {
		r.followed.Add(1)
		return nil, errors.New("elsewhere")
	}
	return &http.Response{
		StatusCode: http.StatusTemporaryRedirect, Request: req, Body: http.NoBody,
		Header: http.Header{"Location": {"https://elsewhere.test" + req.URL.RequestURI()}},
	}, nil
}

func TestRedirectsAreNotFollowedWithTheHTTPClientOfTheWhatsmeowClient(t *testing.T) {
	s := newService(t)
	elsewhere := new(redirects)
	s.client.Client.SetMediaHTTPClient(&http.Client{Transport: elsewhere})
	_, err := s.client.Upload(t.Context(), content(10), whatsmeow.MediaImage)
	var status *cdn.StatusError
	require.ErrorAs(t, err, &status)
	require.Equal(t, http.StatusTemporaryRedirect, status.StatusCode)
	require.Zero(t, elsewhere.followed.Load())
}

func TestManyAccountsShareOneTransport(t *testing.T) {
	s := newService(t)
	var dialed atomic.Int64
	transport := s.HTTPClient().Transport.(*http.Transport).Clone()
	dial := transport.DialContext
	transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		dialed.Add(1)
		return dial(ctx, network, address)
	}
	t.Cleanup(transport.CloseIdleConnections)
	shared := &http.Client{Transport: transport}
	var accounts []*wamediax.Client
	for range 5 {
		client := wamediax.Wrap(s.receiver(t), wamediax.WithHTTPClient(shared))
		_, err := client.Upload(t.Context(), content(10), whatsmeow.MediaImage)
		require.NoError(t, err)
		accounts = append(accounts, client)
	}
	require.EqualValues(t, 1, dialed.Load(), "one connection serves all accounts")

	p := s.newHTTPProxy(t)
	require.NoError(t, accounts[0].SetProxyAddress(p.url(proxyPassword).String()))
	for _, client := range accounts[1:] {
		_, err := client.Upload(t.Context(), content(10), whatsmeow.MediaImage)
		require.NoError(t, err)
	}
	require.Zero(t, p.tunnels.Load(), "a proxy of one account is not the others'")
	require.EqualValues(t, 1, dialed.Load())
}
