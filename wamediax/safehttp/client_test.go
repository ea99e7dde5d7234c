package safehttp_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/dns/dnsmessage"

	"github.com/wamediax/whatsmeow-ext/wamediax/safehttp"
)

func TestURLsAreReadAndNamed(t *testing.T) {
	base, _ := site(t)
	client := safehttp.New(loopback()...)
	for path, want := range map[string]string{
		"/files/hello%20world.txt":                      "hello world.txt",
		"/files/hello%20world.txt?token=x#part":         "hello world.txt",
		"/to?u=/files/hello%2520world.txt":              "hello world.txt",
		"/to?u=" + url.QueryEscape(base+"/to?u=/named"): "../report.txt",
	} {
		name, data, err := read(t.Context(), client, base+path, 5)
		require.NoError(t, err, path)
		require.Equal(t, "hello", data)
		require.Equal(t, want, name)
	}
	resp, err := client.Get(t.Context(), base+"/to?u=/named", 0)
	require.NoError(t, err)
	defer resp.Body.Close()
	require.Equal(t, base+"/named", resp.URL.String(), "the final URL")
	require.EqualValues(t, 5, resp.Size)
}

func TestOnlyPublicAddressesAreReachable(t *testing.T) {
	base, port := site(t)
	to := func(target string) string { return base + "/to?u=" + url.QueryEscape(target) }
	var status *safehttp.StatusError
	for target, want := range map[string]error{
		"http://127.0.0.2:" + port + "/named":      safehttp.ErrNotPublic,
		"http://[::1]:" + port + "/named":          safehttp.ErrNotPublic,
		"http://[::ffff:127.0.0.2]:" + port + "/":  safehttp.ErrNotPublic,
		"http://0.0.0.0:" + port + "/named":        safehttp.ErrNotPublic,
		"http://10.1.2.3/":                         safehttp.ErrNotPublic,
		"http://192.168.1.1/":                      safehttp.ErrNotPublic,
		"http://169.254.169.254/latest/meta-data/": safehttp.ErrNotPublic,
		"http://[fe80::1]/":                        safehttp.ErrNotPublic,
		"http://[fd00::1]/":                        safehttp.ErrNotPublic,
		"http://224.0.0.1/":                        safehttp.ErrNotPublic,
		"http://100.64.0.1/":                       safehttp.ErrNotPublic,
		to("http://127.0.0.2:" + port + "/named"):  safehttp.ErrNotPublic,
		to("http://[::1]:" + port + "/named"):      safehttp.ErrNotPublic,
		to(to("http://169.254.169.254/")):          safehttp.ErrNotPublic,
		to("file:///etc/passwd"):                   safehttp.ErrURL,
		to("javascript:alert(1)"):                  safehttp.ErrURL,
		to("data:text/plain,hello"):                safehttp.ErrURL,
		to("http://me:secret@127.0.0.1:" + port):   safehttp.ErrURL,
		to("http://%zz/secret"):                    safehttp.ErrURL,
		base + "/nowhere":                          safehttp.ErrURL,
		"file:///etc/passwd":                       safehttp.ErrURL,
		"data:text/plain,secret":                   safehttp.ErrURL,
		"ftp://127.0.0.1/x":                        safehttp.ErrURL,
		"http://me:secret@127.0.0.1:" + port + "/": safehttp.ErrURL,
		"http://me@127.0.0.1:" + port + "/named":   safehttp.ErrURL,
		"http:///named":                            safehttp.ErrURL,
		"http://%zz/secret":                        safehttp.ErrURL,
		"127.0.0.1:" + port:                        safehttp.ErrURL,
		"":                                         safehttp.ErrURL,
		base + "/round":                            safehttp.ErrRedirects,
		base + "/nothing":                          nil,
	} {
		_, _, err := read(t.Context(), safehttp.New(loopback()...), target, 100)
		if want == nil {
			require.ErrorAs(t, err, &status, target)
			require.Equal(t, http.StatusNotFound, status.Code)
		} else {
			require.ErrorIs(t, err, want, target)
		}
		require.NotContains(t, err.Error(), "secret", target)
		var failed *safehttp.Error
		require.ErrorAs(t, err, &failed)
	}
	// Some resolvers read this as 127.0.0.2, others as an unknown name.
	_, _, err := read(t.Context(), safehttp.New(loopback()...), "http://2130706434:"+port+"/named", 100)
	require.Error(t, err)
}

func TestAClientThatNewHasNotMadeIsAnError(t *testing.T) {
	for _, client := range []*safehttp.Client{nil, {}} {
		_, err := client.Get(t.Context(), "https://example.com/", 100)
		var failed *safehttp.Error
		require.ErrorAs(t, err, &failed)
		require.ErrorContains(t, err, "not made by New")
	}
}

func TestWithoutOptionsThisMachineIsUnreachable(t *testing.T) {
	base, port := site(t)
	for _, target := range []string{base + "/named", "http://localhost:" + port + "/named"} {
		_, _, err := read(t.Context(), safehttp.New(), target, 100)
		require.ErrorIs(t, err, safehttp.ErrPort)
		_, _, err = read(t.Context(), safehttp.New(nil, safehttp.WithPorts()), target, 100)
		require.ErrorIs(t, err, safehttp.ErrNotPublic)
	}
	_, _, err := read(t.Context(), safehttp.New(), "http://localhost/", 100)
	require.ErrorIs(t, err, safehttp.ErrNotPublic)

	v6 := safehttp.New(safehttp.WithPorts(1), safehttp.WithAllowedPrefixes(netip.MustParsePrefix("::1/128")))
	_, _, err = read(t.Context(), v6, "http://[::1]:1/", 100)
	require.NotErrorIs(t, err, safehttp.ErrNotPublic, "the allowed IPv6 prefix applies")
	require.NotErrorIs(t, err, safehttp.ErrPort)
	_, _, err = read(t.Context(), v6, "http://[::1]:80/", 100)
	require.ErrorIs(t, err, safehttp.ErrPort)
}

// dns starts a DNS server that answers each query with the next of addresses, and repeats the last
// one.
func dns(t *testing.T, addresses ...string) *net.Resolver {
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	go func() {
		buf := make([]byte, 1500)
		for {
			n, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			var msg dnsmessage.Message
			if msg.Unpack(buf[:n]) != nil || len(msg.Questions) != 1 {
				continue
			}
			answer := dnsmessage.Message{Header: dnsmessage.Header{ID: msg.ID, Response: true}, Questions: msg.Questions}
			if q := msg.Questions[0]; q.Type == dnsmessage.TypeA {
				answer.Answers = []dnsmessage.Resource{{
					Header: dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class},
					Body:   &dnsmessage.AResource{A: netip.MustParseAddr(addresses[0]).As4()},
				}}
				addresses = addresses[min(1, len(addresses)-1):]
			}
			if packed, err := answer.Pack(); err == nil {
				_, _ = conn.WriteTo(packed, from)
			}
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
}

func TestNamesOfInternalAddressesAreRejected(t *testing.T) {
	_, port := site(t)
	get := func(addresses ...string) error {
		client := safehttp.New(append(loopback(), safehttp.WithResolver(dns(t, addresses...)))...)
		path := "/to?u=" + url.QueryEscape("http://changed.example.com:"+port+"/named")
		_, _, err := read(t.Context(), client, "http://first.example.com:"+port+path, 100)
		return err
	}
	require.NoError(t, get("127.0.0.1"), "both names resolve to the test server")
	require.ErrorIs(t, get("10.1.2.3"), safehttp.ErrNotPublic)
	require.ErrorIs(t, get("169.254.169.254"), safehttp.ErrNotPublic)
	require.ErrorIs(t, get("127.0.0.1", "127.0.0.2"), safehttp.ErrNotPublic, "the second answer differs from the first")

	_, _, err := read(t.Context(), safehttp.New(), "http://no-such-host.invalid/", 100)
	var unknown *net.DNSError
	require.ErrorAs(t, err, &unknown)
}

func TestEnvironmentProxiesAreIgnored(t *testing.T) { // see TestMain
	_, _, err := read(t.Context(), safehttp.New(loopback()...), "http://10.1.2.3/", 100)
	require.ErrorIs(t, err, safehttp.ErrNotPublic)
}

func TestRequestHeader(t *testing.T) {
	base, _ := site(t)
	_, referer, err := read(t.Context(), safehttp.New(loopback()...), base+"/to?u=/referer&token=secret", 1000)
	require.NoError(t, err)
	require.Empty(t, referer)
	_, agent, err := read(t.Context(), safehttp.New(append(loopback(), safehttp.WithHeader("User-Agent", "mine"))...), base+"/to?u=/agent", 100)
	require.NoError(t, err)
	require.Equal(t, "mine", agent)
}

func TestBodiesAreBounded(t *testing.T) {
	base, _ := site(t)
	client := safehttp.New(loopback()...)
	for path, want := range map[string]error{
		"/declared":   safehttp.ErrTooLarge,
		"/endless":    safehttp.ErrTooLarge,
		"/compressed": safehttp.ErrCompressed,
		"/half":       io.ErrUnexpectedEOF,
	} {
		_, data, err := read(t.Context(), client, base+path, 100_000)
		require.ErrorIs(t, err, want, path)
		require.LessOrEqual(t, len(data), 100_000)
	}
	_, data, err := read(t.Context(), client, base+"/endless", 4)
	require.ErrorIs(t, err, safehttp.ErrTooLarge)
	require.Len(t, data, 4, "data within the limit is returned")

	for _, path := range []string{"/header", "/malformed"} {
		_, _, err = read(t.Context(), client, base+path, 100)
		require.Error(t, err, path)
		require.Less(t, len(err.Error()), 400, path)
	}

	resp, err := client.Get(t.Context(), base+"/declared", 0)
	require.NoError(t, err, "without a limit")
	require.NoError(t, resp.Body.Close())
	require.EqualValues(t, 1_000_000_000, resp.Size)
}

func TestCancellingTheContextStopsAFetch(t *testing.T) {
	gone := errors.New("caller cancelled")
	for name, sends := range map[string]string{"before the header": "", "in the body": "half"} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancelCause(t.Context())
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if sends != "" {
					_, _ = io.WriteString(w, sends)
					_ = http.NewResponseController(w).Flush()
				}
				cancel(gone)
				<-r.Context().Done()
			}))
			defer srv.Close()
			_, _, err := read(ctx, safehttp.New(loopback()...), srv.URL+"?token=secret", 100)
			require.ErrorIs(t, err, gone)
			require.NotContains(t, err.Error(), "secret")
		})
	}
}

func TestErrorsContainOnlyTheHost(t *testing.T) {
	base, _ := site(t)
	_, _, err := read(t.Context(), safehttp.New(loopback()...), base+"/to?u="+url.QueryEscape("http://127.0.0.1:1/?token=secret"), 100)
	require.ErrorContains(t, err, "failed to fetch from 127.0.0.1: ")
	require.NotContains(t, err.Error(), "secret")
	_, _, err = read(t.Context(), safehttp.New(), "http://"+strings.Repeat("a.", 2000)+"invalid/", 100)
	require.Error(t, err)
	require.Less(t, len(err.Error()), 800)
}

func TestAClientMustBeMadeByNew(t *testing.T) {
	var none *safehttp.Client
	for _, client := range []*safehttp.Client{none, new(safehttp.Client)} {
		_, err := client.Get(t.Context(), "http://example.com/", 100)
		require.ErrorContains(t, err, "not made by New")
	}
}
