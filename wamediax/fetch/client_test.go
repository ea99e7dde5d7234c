package fetch_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wamediax/whatsmeow-ext/wamediax/cdn"
	"github.com/wamediax/whatsmeow-ext/wamediax/fetch"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

// Not parallel: it replaces http.DefaultTransport, as programs do that trace their requests.
func TestFetcherUsesADefaultTransportOfTheProgram(t *testing.T) {
	server := wamediaxtest.NewServer()
	t.Cleanup(server.Close)
	before := http.DefaultTransport
	t.Cleanup(func() { http.DefaultTransport = before })
	http.DefaultTransport = tracing{server.HTTPClient().Transport}
	there, err := fetch.New(cdn.Public()).Exists(t.Context(), posted(server, []byte("a picture")))
	require.NoError(t, err)
	require.True(t, there)
}

// tracing is a transport that is not a *http.Transport.
type tracing struct{ http.RoundTripper }
