package fetch_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wamediax/whatsmeow-ext/wamediax/cdn"
	"github.com/wamediax/whatsmeow-ext/wamediax/fetch"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

func TestStallTimeoutOfZeroIsTheDefault(t *testing.T) {
	server, f := newFetcher(t)
	got, _, err := f.Bytes(t.Context(), posted(server, []byte("a picture")), fetch.WithStallTimeout(0), fetch.WithMaxElapsed(0))
	require.NoError(t, err)
	require.Equal(t, "a picture", string(got))
}

func TestBackoffOfZeroDoesNotFloodTheHosts(t *testing.T) {
	server, f := newFetcher(t)
	msg := posted(server, []byte("a picture"))
	server.Inject("", wamediaxtest.Fault{Times: -1, Do: wamediaxtest.Status(503)})
	_, _, err := f.Bytes(t.Context(), msg, fetch.WithBackoff(0, 0), fetch.WithMaxElapsed(300*time.Millisecond))
	require.ErrorIs(t, err, cdn.ErrUnreachable)
	require.Len(t, server.Requests(), 1, "the default pause is longer than the limit")
}

func TestErrorsQuoteOnlyTheStartOfWhatAHostOrAMessageSent(t *testing.T) {
	server, f := newFetcher(t)
	msg := posted(server, []byte("a picture"))
	long := strings.Repeat("x", 100_000)
	server.Inject("", wamediaxtest.Fault{Do: wamediaxtest.Echo(http.StatusPartialContent, http.Header{"Content-Range": {long}}, "")})
	_, _, err := f.Bytes(t.Context(), msg)
	require.ErrorContains(t, err, `Content-Range "xxx`)
	require.Less(t, len(err.Error()), 1000)

	msg.DirectPath = &long
	_, _, err = f.Bytes(t.Context(), msg)
	require.ErrorContains(t, err, `direct path "xxx`)
	require.Less(t, len(err.Error()), 1000)
}
