package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"code.dny.dev/ssrf"
	"github.com/stretchr/testify/require"
)

// loopback lets one loopback address through, on which tests have their servers. All others stay shut.
func loopback() []ssrf.Option {
	return []ssrf.Option{ssrf.WithAnyPort(), ssrf.WithAllowedV4Prefixes(netip.MustParsePrefix("127.0.0.1/32"))}
}

// source is a server that people send URLs of. port is its port, for addresses that lead to it otherwise.
func source(t *testing.T) (base, port string) {
	mux := http.NewServeMux()
	mux.HandleFunc("/to", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.FormValue("u"), http.StatusFound) })
	mux.HandleFunc("/round", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/round", http.StatusFound) })
	mux.HandleFunc("/files/hello%20world.txt", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "hello") })
	mux.HandleFunc("/named", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Disposition", `attachment; filename="../report.txt"`)
		_, _ = io.WriteString(w, "hello")
	})
	mux.HandleFunc("/empty", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("/declared", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "1000000000")
		w.WriteHeader(http.StatusOK)
	})
	mux.HandleFunc("/endless", func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			if _, err := w.Write(make([]byte, 64<<10)); err != nil {
				return
			}
		}
	})
	mux.HandleFunc("/half", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100000")
		_, _ = w.Write(make([]byte, 50_000))
		panic(http.ErrAbortHandler)
	})
	base = newSource(t, mux)
	target, err := url.Parse(base)
	require.NoError(t, err)
	return base, target.Port()
}

func newSource(t *testing.T, handler http.Handler) (base string) {
	srv := httptest.NewServer(handler)
	t.Cleanup(srv.Close)
	return srv.URL
}

// fetchAll reads a URL to its end.
func fetchAll(ctx context.Context, f *fetcher, url string) (name string, data []byte, err error) {
	body, err := f.open(ctx, url)
	if err != nil {
		return "", nil, err
	}
	defer body.Close()
	data, err = io.ReadAll(body)
	return body.name, data, err
}

func TestURLsAreReadAndNamed(t *testing.T) {
	base, _ := source(t)
	fetch := newFetcher(5, loopback()...)
	for path, want := range map[string]string{
		"/files/hello%20world.txt":                      "hello world.txt",
		"/files/hello%20world.txt?token=x":              "hello world.txt",
		"/to?u=/files/hello%2520world.txt":              "hello world.txt",
		"/to?u=" + url.QueryEscape(base+"/to?u=/named"): "../report.txt",
	} {
		name, data, err := fetchAll(t.Context(), fetch, base+path)
		require.NoError(t, err, path)
		require.Equal(t, "hello", string(data))
		require.Equal(t, want, name)
	}
}

func TestURLsThatLeadElsewhereThanTheOpenInternetAreRefused(t *testing.T) {
	base, port := source(t)
	const refused = "not on the open internet"
	to := func(target string) string { return base + "/to?u=" + url.QueryEscape(target) }
	for target, says := range map[string]string{
		"http://127.0.0.2:" + port + "/named":      refused,
		"http://[::1]:" + port + "/named":          refused,
		"http://[::ffff:127.0.0.2]:" + port + "/":  refused,
		"http://0.0.0.0:" + port + "/named":        refused,
		"http://10.1.2.3/":                         refused,
		"http://192.168.1.1/":                      refused,
		"http://169.254.169.254/latest/meta-data/": refused,
		"http://[fe80::1]/":                        refused,
		"http://[fd00::1]/":                        refused,
		"http://224.0.0.1/":                        refused,
		"http://100.64.0.1/":                       refused,
		"http://2130706434/":                       "", // 127.0.0.2, if anybody should read it so
		to("http://127.0.0.2:" + port + "/named"):  refused,
		to("http://[::1]:" + port + "/named"):      refused,
		to(to("http://169.254.169.254/")):          refused,
		to("file:///etc/passwd"):                   "begin with http",
		to("http://me:secret@127.0.0.1:" + port):   "user name",
		"file:///etc/passwd":                       "begin with http",
		"ftp://127.0.0.1/x":                        "begin with http",
		"http://me:secret@127.0.0.1:" + port + "/": "user name",
		"http://me@127.0.0.1:" + port + "/named":   "user name",
		"http:///named":                            "no URL",
		"http://%zz/":                              "no URL",
		base + "/round":                            "on and on",
		base + "/nothing":                          "says Not Found",
		"http://no-such-host.invalid/":             "no such host",
	} {
		_, _, err := fetchAll(t.Context(), newFetcher(100, loopback()...), target)
		require.Error(t, err, target)
		require.Contains(t, explain(err, 0), says, target)
		require.NotContains(t, err.Error(), "secret")
	}
}

func TestWithoutExceptionsNothingHereIsFetched(t *testing.T) {
	base, port := source(t)
	for _, target := range []string{"http://localhost:" + port + "/named", base + "/named", "http://localhost/"} {
		for _, guard := range [][]ssrf.Option{nil, {ssrf.WithAnyPort()}} {
			_, _, err := fetchAll(t.Context(), newFetcher(100, guard...), target)
			require.Error(t, err)
			says := "not on the open internet"
			if guard == nil && strings.Contains(target, ":"+port) {
				says = "Only the ports 80 and 443"
			}
			require.Contains(t, explain(err, 0), says)
		}
	}
}

func TestProxiesOfTheEnvironmentAreNotUsed(t *testing.T) {
	base, _ := source(t)
	t.Setenv("HTTP_PROXY", base)
	t.Setenv("HTTPS_PROXY", base)
	_, _, err := fetchAll(t.Context(), newFetcher(100, loopback()...), "http://10.1.2.3/")
	require.Contains(t, explain(err, 0), "not on the open internet")
}

func TestWhatIsTooLargeOrBreaksOffIsAnError(t *testing.T) {
	base, _ := source(t)
	for path, says := range map[string]string{
		"/declared": "larger than the 98 KiB",
		"/endless":  "larger than the 98 KiB",
		"/half":     "broke off",
	} {
		_, data, err := fetchAll(t.Context(), newFetcher(100_000, loopback()...), base+path)
		require.Error(t, err)
		require.Contains(t, explain(err, 0), says)
		require.LessOrEqual(t, len(data), 100_000)
	}
	_, data, err := fetchAll(t.Context(), newFetcher(4, loopback()...), base+"/endless")
	require.Contains(t, explain(err, 0), "larger than the 4 B")
	require.Len(t, data, 4)
}

func TestErrorsOfAFetchDoNotNameWhatMayBeSecret(t *testing.T) {
	base, _ := source(t)
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errStopping)
	_, _, err := fetchAll(ctx, newFetcher(100, loopback()...), base+"/named?token=secret")
	require.ErrorIs(t, err, errStopping)
	_, _, err = fetchAll(t.Context(), newFetcher(100, loopback()...), fmt.Sprintf("%s/to?u=%s", base, url.QueryEscape("http://127.0.0.1:1/?token=secret")))
	require.Error(t, err)
	require.NotContains(t, err.Error(), "secret")
}
