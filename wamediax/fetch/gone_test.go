package fetch_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wamediax/whatsmeow-ext/wamediax/fetch"
	"github.com/wamediax/whatsmeow-ext/wamediax/streamenc"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

// Each host alternates between losing the media and sending wrong bytes.
func TestUploadingAgainHelpsOnlyAFewTimes(t *testing.T) {
	server := wamediaxtest.NewServer()
	t.Cleanup(server.Close)
	const tries = 50
	for range tries {
		for _, host := range []string{"a.test", "b.test", "c.test"} {
			server.Inject(host, wamediaxtest.Fault{Do: wamediaxtest.Status(404)})
			server.Inject(host, wamediaxtest.Fault{Do: wamediaxtest.Tamper(0)})
		}
	}
	msg := posted(server, []byte("a picture"))
	path, asked := msg.GetDirectPath(), 0
	f := fetch.New(hosts{"a.test", "b.test", "c.test"}, fetch.WithHTTPClient(server.HTTPClient()))
	_, got, err := f.Bytes(t.Context(), msg, fetch.WithGone(func(context.Context) (string, error) {
		asked++
		return path, nil
	}))
	require.ErrorIs(t, err, fetch.ErrExpired)
	require.ErrorIs(t, err, streamenc.ErrInvalidMAC)
	require.NotContains(t, err.Error(), "\n")
	require.True(t, got.Reuploaded)
	require.Equal(t, 3, asked)
}
