package resume_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wamediax/whatsmeow-ext/wamediax/cdn"
	"github.com/wamediax/whatsmeow-ext/wamediax/resume"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

// echoes are hosts that quote the request wherever an error of this package or of net/http may
// quote the response.
func echoes() map[string]wamediaxtest.Effect {
	all := map[string]wamediaxtest.Effect{
		"in a refusal's text":                   wamediaxtest.Echo(404, nil, "<p>The requested URL {uri} was not found."),
		"twice":                                 wamediaxtest.Echo(404, nil, "{auth}{auth}"),
		"in an error of a server":               wamediaxtest.Echo(500, nil, "{uri}"),
		"in a malformed Location":               wamediaxtest.Echo(302, http.Header{"Location": {"https://%zz{uri}"}}, ""),
		"in a Location":                         wamediaxtest.Echo(302, http.Header{"Location": {"https://elsewhere.test{uri}"}}, "{uri}"),
		"in Retry-After":                        wamediaxtest.Echo(503, http.Header{"Retry-After": {"{auth}"}}, ""),
		"in a response that is not JSON":        wamediaxtest.Echo(200, nil, "{uri}"),
		"in a response of the wrong type":       wamediaxtest.Echo(200, nil, `{"url":{"{auth}":"{uri}"}}`),
		"in a response without required fields": wamediaxtest.Echo(200, nil, `{"direct_path":"{auth}","resume":"{uri}"}`),
		"as the status line":                    wamediaxtest.Raw("POST {uri} HTTP/1.1\r\n\r\n"),
		"in the status":                         wamediaxtest.Raw("HTTP/1.1 2{auth} OK\r\n\r\n"),
		"in the version":                        wamediaxtest.Raw("HTTP/9.{auth} 200 OK\r\n\r\n"),
		"in Content-Length":                     wamediaxtest.Raw("HTTP/1.1 200 OK\r\nContent-Length: {auth}\r\n\r\n"),
		"in Transfer-Encoding":                  wamediaxtest.Raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: {auth}\r\n\r\n"),
		"in a header without a colon":           wamediaxtest.Raw("HTTP/1.1 200 OK\r\n{auth}\r\n\r\n"),
		"in a chunk's size":                     wamediaxtest.Raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{auth}\r\n"),
		"in a line of a mebibyte":               wamediaxtest.Raw(strings.Repeat("{auth} ", 10_000) + "\r\n\r\n"),
	}
	for _, before := range []int{440, 470, 480, 490, 500, 505, 511, 512} { // a quoted text is cut at 512 bytes
		all["across the cut of a quoted text, after "+strings.Repeat("x", before%10)] = wamediaxtest.Echo(404, nil, strings.Repeat(" ", before)+"{auth}")
	}
	return all
}

// requireNoFragment checks that text contains no useful part of a secret.
func (s *service) requireNoFragment(t *testing.T, text string, tokens ...string) {
	t.Helper()
	const fragment = 12
	for _, secret := range append(s.issued(), tokens...) {
		for i := range len(secret) - fragment {
			require.NotContains(t, text, secret[i:i+fragment])
		}
	}
}

func TestErrorsDoNotContainSecretsThatHostsQuote(t *testing.T) {
	for name, echo := range echoes() {
		t.Run(name, func(t *testing.T) {
			s := newService(t)
			client := resume.WithHTTPClient(speaking(s, "HTTP/1.1"))
			s.inject("", uploads|probes|liveChunks, -1, echo)
			obj := objectOf(content(1000))
			obj.Probe = true
			obj.OnAttempt = func(a resume.Attempt) {
				if a.After != nil {
					s.requireNoFragment(t, a.After.Error(), obj.Token)
				}
			}
			_, err := s.uploader(client).Upload(t.Context(), obj, nil)
			require.Error(t, err)
			s.requireNoFragment(t, err.Error(), obj.Token)
			require.NotContains(t, err.Error(), "\n")
			require.Less(t, len(err.Error()), 3*1100, "a host can make an error too long")
			var host interface{ Unwrap() error }
			require.ErrorAs(t, err, &host)

			live := s.uploader(client).Live(audio)
			err = errors.Join(live.Send(t.Context(), content(1000)))
			if err == nil {
				return // any success is fine for a chunk
			}
			token := s.requests(liveChunks)[0].Query.Get("token")
			s.requireNoFragment(t, err.Error(), token)
		})
	}
}

func TestErrorTypesSurviveRedaction(t *testing.T) {
	s := newService(t)
	s.inject("", uploads, -1, wamediaxtest.Echo(413, nil, "{uri}"))
	_, err := s.uploader().Upload(t.Context(), objectOf(content(10)), nil)
	require.ErrorIs(t, err, cdn.ErrTooLarge)
	var status *cdn.StatusError
	require.ErrorAs(t, err, &status)
	require.Contains(t, status.Body, "[redacted]")
	require.NotContains(t, status.Body, s.issued()[0])
}
