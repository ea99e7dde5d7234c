package mediahttp

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/store"
	waLog "go.mau.fi/whatsmeow/util/log"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func newWhatsmeow() *whatsmeow.Client { return whatsmeow.NewClient(&store.Device{}, nil) }

// This test fails if an update of whatsmeow renames these fields or changes their types.
func TestWhatsmeowStillHasTheFields(t *testing.T) {
	cli := newWhatsmeow()
	for field, set := range map[string]func(*http.Client){
		mediaField:     cli.SetMediaHTTPClient,
		websocketField: cli.SetWebsocketHTTPClient,
		preLoginField:  cli.SetPreLoginHTTPClient,
	} {
		own := new(http.Client)
		set(own)
		got, ok := read(cli, field)
		require.True(t, ok, field)
		require.Same(t, own, got, field)
	}
}

func TestFieldOfAnotherTypeIsNotRead(t *testing.T) {
	for _, field := range []string{"gone", "uniqueID", "Store", "BackgroundEventCtx"} {
		_, ok := read(newWhatsmeow(), field)
		require.False(t, ok, field)
	}
}

// warnings is a logger that keeps its warnings.
type warnings struct {
	waLog.Logger
	lines []string
}

func (w *warnings) Warnf(msg string, args ...any) {
	w.lines = append(w.lines, fmt.Sprintf(msg, args...))
}

func TestMissingFieldIsAWarningAndSettersStillWork(t *testing.T) {
	cli := newWhatsmeow()
	log := &warnings{Logger: waLog.Noop}
	cli.Log = log
	c := follow(cli, "renamedHTTP")
	require.Len(t, log.lines, 1)
	require.Contains(t, log.lines[0], "Set them on the wrapped client instead")

	server, arrived := newServer(t)
	get(t, c.Load(), server)
	require.EqualValues(t, 1, arrived.Load())

	proxy, proxied := newServer(t) // which responds itself
	address, err := url.Parse(proxy)
	require.NoError(t, err)
	c.SetTransport(func(transport *http.Transport) { transport.Proxy = http.ProxyURL(address) })
	get(t, c.Load(), "http://mmg.cdn.test/")
	require.EqualValues(t, 1, proxied.Load())
	theirs, _ := read(cli, mediaField)
	get(t, theirs, "http://mmg.cdn.test/")
	require.EqualValues(t, 2, proxied.Load())
}

func TestReadableClientCausesNoWarning(t *testing.T) {
	cli := newWhatsmeow()
	log := &warnings{Logger: waLog.Noop}
	cli.Log = log
	Follow(cli)
	require.Empty(t, log.lines)
}

func TestConnectionsAreReused(t *testing.T) {
	for name, test := range map[string]struct {
		prepare func(*whatsmeow.Client)
		then    func(*whatsmeow.Client, *Client)
	}{
		"without any setting":         {},
		"after SetTransport":          {then: func(_ *whatsmeow.Client, c *Client) { c.SetTransport(func(*http.Transport) {}) }},
		"after a Set of nothing":      {then: func(_ *whatsmeow.Client, c *Client) { c.Set(nil) }},
		"after a proxy with NoMedia":  {then: func(cli *whatsmeow.Client, _ *Client) { cli.SetProxy(nil, whatsmeow.SetProxyOptions{NoMedia: true}) }},
		"with a program's own tuning": {prepare: func(cli *whatsmeow.Client) { cli.SetMediaHTTPClient(&http.Client{Transport: newTransport()}) }},
	} {
		t.Run(name, func(t *testing.T) {
			cli := newWhatsmeow()
			if test.prepare != nil {
				test.prepare(cli)
			}
			c := Follow(cli)
			if test.then != nil {
				test.then(cli, c)
			}
			const parallel = idleConnsPerHost
			var opened atomic.Int64
			var all sync.WaitGroup // of one round, so that each request needs its own connection
			server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
				all.Done()
				all.Wait()
			}))
			server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
				if state == http.StateNew {
					opened.Add(1)
				}
			}
			server.Start()
			defer server.Close()
			client := c.Load()
			for range 3 {
				all.Add(parallel)
				var round sync.WaitGroup
				for range parallel {
					round.Go(func() { get(t, client, server.URL) })
				}
				round.Wait()
			}
			require.EqualValues(t, parallel, opened.Load())
		})
	}
}

func TestTransportOfTheProgramIsUsedUnchanged(t *testing.T) {
	shared := http.DefaultTransport.(*http.Transport).Clone()
	shared.DialContext = func(context.Context, string, string) (net.Conn, error) { return nil, io.ErrUnexpectedEOF }
	for name, prepare := range map[string]func(*whatsmeow.Client){
		"for media": func(cli *whatsmeow.Client) { cli.SetMediaHTTPClient(&http.Client{Transport: shared}) },
		"for everything": func(cli *whatsmeow.Client) {
			cli.SetMediaHTTPClient(&http.Client{Transport: shared})
			cli.SetWebsocketHTTPClient(&http.Client{Transport: shared})
			cli.SetPreLoginHTTPClient(&http.Client{Transport: shared})
		},
	} {
		t.Run(name, func(t *testing.T) {
			cli := newWhatsmeow()
			prepare(cli)
			c := Follow(cli)
			c.Load()
			require.Same(t, shared, *c.route.through.Load())
		})
	}
}

func TestRoundTripperThatCannotBeComparedIsUsed(t *testing.T) {
	cli := newWhatsmeow()
	c := Follow(cli)
	cli.SetMediaHTTPClient(&http.Client{Transport: fails{io.ErrUnexpectedEOF}})
	for range 2 {
		_, err := c.Load().Get("http://mmg.cdn.test/")
		require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	}
}

// fails is a slice, which == cannot compare.
type fails []error

func (f fails) RoundTrip(*http.Request) (*http.Response, error) { return nil, f[0] }

func TestTimeoutOfTheProgramsHTTPClientSurvivesSetProxy(t *testing.T) {
	cli := newWhatsmeow()
	c := Follow(cli)
	c.Set(&http.Client{Timeout: 7})
	c.SetTransport(func(*http.Transport) {})
	require.EqualValues(t, 7, c.Load().Timeout)
	theirs, _ := read(cli, mediaField)
	require.EqualValues(t, 7, theirs.Timeout)
}

func TestRedirectsAreNotFollowedWhateverTheProgramsHTTPClientDoes(t *testing.T) {
	elsewhere, arrived := newServer(t)
	server := httptest.NewServer(http.RedirectHandler(elsewhere, http.StatusTemporaryRedirect))
	defer server.Close()
	policy := func(*http.Request, []*http.Request) error { return nil }
	own := &http.Client{CheckRedirect: policy}
	cli := newWhatsmeow()
	cli.SetMediaHTTPClient(own)
	resp, err := Follow(cli).Load().Get(server.URL)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, http.StatusTemporaryRedirect, resp.StatusCode)
	require.Zero(t, arrived.Load())
	require.True(t, sameFunc(policy, own.CheckRedirect), "the program's client is unchanged")
	http.DefaultTransport.(*http.Transport).CloseIdleConnections()
}

func TestNilClientIsAllowed(t *testing.T) {
	server, arrived := newServer(t)
	get(t, Follow(nil).Load(), server)
	require.EqualValues(t, 1, arrived.Load())
}

func newServer(t *testing.T) (address string, arrived *atomic.Int64) {
	arrived = new(atomic.Int64)
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { arrived.Add(1) }))
	t.Cleanup(server.Close)
	return server.URL, arrived
}

func get(t *testing.T, client *http.Client, address string) {
	resp, err := client.Get(address)
	if err == nil {
		_, err = io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
	}
	if err != nil {
		t.Error(err)
	}
}
