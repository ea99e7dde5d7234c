package cdn

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"
)

// wire is a CDN on a loopback listener, with a client that uses one version of HTTP.
type wire struct {
	*CDN
	t      *testing.T
	major  int // version of HTTP
	client *http.Client
	auth   string
}

const (
	hostA = "media-a.example.net"
	hostB = "media-b.example.net"
)

// overBothProtocols runs a test over HTTP/1.1 and HTTP/2.
func overBothProtocols(t *testing.T, test func(t *testing.T, w *wire)) {
	t.Helper()
	for _, major := range []int{1, 2} {
		t.Run(fmt.Sprintf("over HTTP/%d", major), func(t *testing.T) {
			test(t, newWire(t, major))
		})
	}
}

func newWire(t *testing.T, major int) *wire {
	t.Helper()
	c := New()
	server := httptest.NewUnstartedServer(c)
	server.EnableHTTP2 = major == 2
	server.Config.ConnContext = KeepConn
	server.StartTLS()
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	protocols := new(http.Protocols)
	protocols.SetHTTP1(major == 1)
	protocols.SetHTTP2(major == 2)
	transport := &http.Transport{
		Protocols:       protocols,
		TLSClientConfig: &tls.Config{RootCAs: roots, ServerName: "example.com"},
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, server.Listener.Addr().String())
		},
	}
	t.Cleanup(func() {
		c.Close()
		transport.CloseIdleConnections()
		server.Close()
	})
	return &wire{CDN: c, t: t, major: major, client: &http.Client{Transport: transport}, auth: c.IssueToken()}
}

// reply is a response whose body has been read.
type reply struct {
	*http.Response
	data   []byte
	answer uploadAnswer // of a JSON body
}

func (w *wire) do(req *http.Request) (reply, error) {
	resp, err := w.client.Do(req)
	if err != nil {
		return reply{}, err
	}
	defer resp.Body.Close()
	r := reply{Response: resp}
	r.data, err = io.ReadAll(resp.Body)
	if err == nil && resp.Header.Get("Content-Type") == "application/json" {
		_ = json.Unmarshal(r.data, &r.answer)
	}
	return r, err
}

// post sends a body for the object with that token. query adds to auth and token, or overrides
// them.
func (w *wire) post(host, path string, token [32]byte, body io.Reader, query ...string) (reply, error) {
	w.t.Helper()
	req := w.request(host, path, token, body, query...)
	return w.do(req)
}

func (w *wire) request(host, path string, token [32]byte, body io.Reader, query ...string) *http.Request {
	w.t.Helper()
	text := base64.RawURLEncoding.EncodeToString(token[:])
	values := url.Values{"auth": {w.auth}, "token": {text}}
	for i := 0; i < len(query); i += 2 {
		values.Set(query[i], query[i+1])
	}
	target := url.URL{Scheme: "https", Host: host, Path: path + "/" + text, RawQuery: values.Encode()}
	req, err := http.NewRequest(http.MethodPost, target.String(), body)
	require.NoError(w.t, err)
	return req
}

// upload sends a complete object, which must succeed.
func (w *wire) upload(host, path string, data []byte) uploadAnswer {
	w.t.Helper()
	r, err := w.post(host, path, sha256.Sum256(data), bytes.NewReader(data))
	require.NoError(w.t, err)
	require.Equal(w.t, http.StatusOK, r.StatusCode, string(r.data))
	return r.answer
}

// probe returns what is held; "" means nothing.
func (w *wire) probe(host, path string, data []byte) string {
	w.t.Helper()
	r, err := w.post(host, path, sha256.Sum256(data), nil, "resume", "1")
	require.NoError(w.t, err)
	if r.StatusCode == http.StatusNotFound {
		return ""
	}
	require.Equal(w.t, http.StatusOK, r.StatusCode)
	return r.answer.Resume
}

func (w *wire) get(host, directPath string, header ...string) (reply, error) {
	w.t.Helper()
	req, err := http.NewRequest(http.MethodGet, "https://"+host+directPath, nil)
	require.NoError(w.t, err)
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	return w.do(req)
}

func (w *wire) last() Request {
	w.t.Helper()
	requests := w.Requests()
	require.NotEmpty(w.t, requests)
	return requests[len(requests)-1]
}

// waitForLast waits until the last request satisfies fits.
func (w *wire) waitForLast(fits func(Request) bool) {
	w.t.Helper()
	require.NoError(w.t, w.WaitFor(w.t.Context(), func(requests []Request) bool {
		return len(requests) > 0 && fits(requests[len(requests)-1])
	}))
}

// someBytes returns pseudorandom bytes, the same for the same size.
func someBytes(size int) []byte {
	data := make([]byte, size)
	rng := rand.NewChaCha8([32]byte{byte(size), byte(size >> 8), byte(size >> 16)})
	_, _ = rng.Read(data)
	return data
}

func TestCloseAbortsCurrentAndLaterRequests(t *testing.T) {
	overBothProtocols(t, func(t *testing.T, w *wire) {
		body, sender := io.Pipe()
		broken := make(chan error, 1)
		go func() {
			_, err := w.post(hostA, "/mms/image", [32]byte{1}, body)
			broken <- err
		}()
		_, err := sender.Write(make([]byte, 1000))
		require.NoError(t, err)
		w.waitForLast(func(r Request) bool { return r.BodyBytes == 1000 })
		w.Close()
		w.Close()
		w.waitForLast(func(r Request) bool { return r.Done && r.Status == 0 })
		require.NoError(t, sender.Close())
		require.Error(t, <-broken)
		_, err = w.get(hostA, "/anything")
		require.Error(t, err)
	})
}

func TestTokensNeedEscapingAndDiffer(t *testing.T) {
	c := New()
	seen := map[string]bool{}
	for range 50 {
		token := c.IssueToken()
		require.False(t, seen[token])
		seen[token] = true
		require.Contains(t, token, "+")
		require.Contains(t, token, "/")
		require.Contains(t, token, "=")
	}
}

func TestRefusedTokensStayInvalidAndLaterOnesAreValid(t *testing.T) {
	overBothProtocols(t, func(t *testing.T, w *wire) {
		data := someBytes(1000)
		status := func(query ...string) int {
			r, err := w.post(hostA, "/mms/image", sha256.Sum256(data), bytes.NewReader(data), query...)
			require.NoError(t, err)
			return r.StatusCode
		}
		require.Equal(t, 401, status("auth", "never issued"))
		require.Equal(t, 401, status("auth", ""))
		w.RefuseTokens()
		require.Equal(t, 401, status())
		require.Equal(t, 401, status("resume", "1"))
		w.RefuseTokensWith(403)
		require.Equal(t, 403, status())
		old := w.auth
		w.auth = w.IssueToken()
		require.Equal(t, 200, status())
		require.Equal(t, 403, status("auth", old))
	})
}

func TestAnUnescapedTokenIsRejected(t *testing.T) {
	w := newWire(t, 1)
	req := w.request(hostA, "/mms/image", [32]byte{1}, nil)
	req.URL.RawQuery = "auth=" + w.auth + "&token=" + formatToken([32]byte{1})
	r, err := w.do(req)
	require.NoError(t, err)
	require.Equal(t, 401, r.StatusCode)
}

func TestALargeRejectedUploadSeesTheStatus(t *testing.T) {
	overBothProtocols(t, func(t *testing.T, w *wire) {
		r, err := w.post(hostA, "/mms/image", [32]byte{1}, bytes.NewReader(make([]byte, 32<<20)), "auth", "stale")
		require.NoError(t, err)
		require.Equal(t, 401, r.StatusCode)
		w.waitForLast(func(r Request) bool { return r.Done })
		require.Equal(t, w.last().BodyBytes, w.last().Dropped)
		require.Empty(t, w.Objects())
	})
}
