package resume_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/wamediax/whatsmeow-ext/wamediax/resume"
)

// bubble runs a test in a bubble of testing/synctest, where waiting takes no time. Sockets do not
// work there, so requests reach the service without one, and the connection is fetched beforehand.
func (s *service) bubble(t *testing.T, test func(t *testing.T, direct resume.Option)) {
	t.Helper()
	_, err := s.Conn(t.Context(), nil)
	require.NoError(t, err)
	synctest.Test(t, func(t *testing.T) {
		test(t, resume.WithHTTPClient(&http.Client{Transport: handler{s}}))
	})
}

// handler is an http.RoundTripper that calls an http.Handler.
type handler struct{ http.Handler }

var errHungUp = errors.New("the host hung up")

func (h handler) RoundTrip(req *http.Request) (resp *http.Response, err error) {
	defer func() {
		if reason := recover(); reason == http.ErrAbortHandler {
			err = errHungUp
		} else if reason != nil {
			panic(reason)
		}
	}()
	answer := httptest.NewRecorder()
	arriving := req.Clone(req.Context())
	arriving.Host = req.URL.Host
	if arriving.Body == nil {
		arriving.Body = http.NoBody
	}
	h.ServeHTTP(answer, arriving)
	resp = answer.Result()
	resp.Request = req
	return resp, nil
}
