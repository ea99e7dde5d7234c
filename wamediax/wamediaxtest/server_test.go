package wamediaxtest_test

import (
	"io"
	"net/http"
	"testing"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow/socket"
)

func TestEveryHostNameIsTrusted(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	for _, url := range []string{
		"https://mmg.cdn.test/x", "https://media.fra3-1.cdn.whatsapp.net/x", "https://127.0.0.1/x", "https://localhost:8443/x",
	} {
		resp, err := srv.HTTPClient().Get(url)
		require.NoError(t, err, url)
		require.NoError(t, resp.Body.Close())
		require.Equal(t, "HTTP/2.0", resp.Proto)
	}
}

func TestForeignClientDoesNotTrustTheServer(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	transport := srv.HTTPClient().Transport.(*http.Transport).Clone()
	transport.TLSClientConfig = nil
	_, err := (&http.Client{Transport: transport}).Get("https://mmg.cdn.test/x")
	require.ErrorContains(t, err, "certificate")
}

func TestSocketThatSpeaksSomethingElseIsClosed(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	header := string(socket.WAConnHeader)
	for name, opening := range map[string]string{
		"other header":      "GET / HTTP/1.1",
		"empty hello":       header + "\x00\x00\x00",
		"hello not a proto": header + "\x00\x00\x02\xff\xff",
		"short key":         header + "\x00\x00\x05\x12\x03\x0a\x01\x00",
	} {
		t.Run(name, func(t *testing.T) {
			ws, _, err := websocket.Dial(patience(t), "wss://web.whatsapp.com/ws/chat",
				&websocket.DialOptions{HTTPClient: srv.HTTPClient()})
			require.NoError(t, err)
			defer ws.CloseNow()
			require.NoError(t, ws.Write(patience(t), websocket.MessageBinary, []byte(opening)))
			_, _, err = ws.Read(patience(t))
			require.ErrorIs(t, err, io.EOF)
		})
	}
}
