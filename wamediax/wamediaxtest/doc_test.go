package wamediaxtest_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow"

	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

// The test that the package's documentation shows.
func TestBotStoresWhatItSends(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	client := newClient(t, srv)
	srv.Inject("", wamediaxtest.Fault{On: wamediaxtest.Uploads, Do: wamediaxtest.HangUp(1000)})
	_, err := client.Upload(patience(t), make([]byte, 5000), whatsmeow.MediaDocument)
	require.Error(t, err)
	require.EqualValues(t, 1000, srv.Received())
}
