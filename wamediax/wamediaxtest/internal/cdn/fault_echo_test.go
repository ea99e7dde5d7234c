package cdn

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAnEchoQuotesTheRequest(t *testing.T) {
	for _, size := range []int{1000, 1 << 20} {
		t.Run(fmt.Sprintf("%d bytes", size), func(t *testing.T) {
			overBothProtocols(t, func(t *testing.T, w *wire) {
				w.Inject("", Fault{Do: Echo(404, http.Header{"Location": {"https://%zz{uri}"}, "content-type": {"text/html"}},
					strings.Repeat(" ", 500)+"{auth} and {auth}, {uri}")})
				w.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
				req := w.request(hostA, "/mms/video", [32]byte{}, bytes.NewReader(make([]byte, size)))
				r, err := w.do(req)
				require.NoError(t, err)
				require.Equal(t, 404, r.StatusCode)
				require.Equal(t, []string{"text/html"}, r.Header.Values("Content-Type"))
				require.Equal(t, "https://%zz"+req.URL.RequestURI(), r.Header.Get("Location"))
				require.Contains(t, req.URL.RequestURI(), url.QueryEscape(w.auth))
				require.Equal(t, strings.Repeat(" ", 500)+w.auth+" and "+w.auth+", "+req.URL.RequestURI(), string(r.data))
				require.Less(t, 512, 500+len(w.auth), "the token must span byte 512")
				w.waitForLast(func(r Request) bool { return r.Done })
				require.Equal(t, w.last().BodyBytes, w.last().Dropped)
				require.Empty(t, w.Objects())
			})
		})
	}
}

func TestAMalformedRedirectQuotesTheRequestInItsError(t *testing.T) {
	overBothProtocols(t, func(t *testing.T, w *wire) {
		w.Inject("", Fault{Do: Echo(302, http.Header{"Location": {"https://%zz{uri}"}}, "")})
		_, err := w.post(hostA, "/mms/video", [32]byte{}, nil)
		require.ErrorContains(t, err, "%zz/mms/video/")
		require.ErrorContains(t, err, url.QueryEscape(w.auth))
	})
}

func TestRawTextIsQuotedInErrorsOfNetHTTP(t *testing.T) {
	for text, quotes := range map[string]bool{
		"HTTP/1.1 200 OK\r\nContent-Length: {auth}\r\n\r\n":    true,
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: {auth}\r\n\r\n": true,
		"HTTP/1.1 200 OK\r\n{auth}\r\n\r\n":                    true,
		"HTTP/1.1 2{auth} OK\r\n\r\n":                          true,
		"HTTP/9.{auth} 200 OK\r\n\r\n":                         true,
		"{auth}\r\n\r\n":                                       true,
		"":                                                     false,
	} {
		for _, size := range []int{0, 1000, 1 << 20} {
			t.Run(fmt.Sprintf("%q to %d bytes", text, size), func(t *testing.T) {
				w := newWire(t, 1)
				w.Inject("", Fault{Do: Raw(text)})
				_, err := w.post(hostA, "/mms/video", [32]byte{}, bytes.NewReader(make([]byte, size)))
				require.Error(t, err)
				require.Equal(t, quotes, strings.Contains(err.Error(), w.auth), err)
				w.waitForLast(func(r Request) bool { return r.Done })
				require.Zero(t, w.last().Status)
				require.Empty(t, w.Objects())
			})
		}
	}
}

func TestRawTextIsSentUnchangedAndTheConnectionCloses(t *testing.T) {
	for _, stays := range []bool{false, true} {
		t.Run(fmt.Sprintf("stays open: %v", stays), func(t *testing.T) {
			w := newWire(t, 1)
			path := w.Put("image", []byte("x"))
			effect := Raw("one\n{uri}\n")
			if stays {
				effect = HalfAnswer(effect)
			}
			w.Inject("", Fault{Do: effect})
			transport := w.client.Transport.(*http.Transport)
			tcp, err := transport.DialContext(t.Context(), "tcp", "")
			require.NoError(t, err)
			conn := tls.Client(tcp, transport.TLSClientConfig)
			defer conn.Close()
			_, err = fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: %s\r\n\r\n", path, hostA)
			require.NoError(t, err)
			lines := bufio.NewReader(conn)
			for _, want := range []string{"one\n", path + "\n"} {
				line, err := lines.ReadString('\n')
				require.NoError(t, err)
				require.Equal(t, want, line)
			}
			if stays {
				requireSilence(t, w, struct {
					io.Reader
					io.Closer
				}{lines, conn})
				return
			}
			_, err = lines.ReadByte()
			require.ErrorIs(t, err, io.EOF)
		})
	}
}

func TestRawTextIsAnErrorOverHTTP2(t *testing.T) {
	w := newWire(t, 2)
	w.Inject("", Fault{Do: Raw("x")})
	r, err := w.post(hostA, "/mms/video", [32]byte{}, nil)
	require.NoError(t, err)
	require.Equal(t, 505, r.StatusCode)
	require.Contains(t, string(r.data), "HTTP/1.1")
}
