package fetch_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wamediax/whatsmeow-ext/wamediax/fetch"
	"github.com/wamediax/whatsmeow-ext/wamediax/streamenc"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

func TestErrorSaysWhyADownloadCouldNotStartOver(t *testing.T) {
	server := wamediaxtest.NewServer()
	t.Cleanup(server.Close)
	server.Inject("a.test", wamediaxtest.Fault{Do: wamediaxtest.Tamper(199_000)})
	f := fetch.New(hosts{"a.test", "b.test"}, fetch.WithHTTPClient(server.HTTPClient()))
	_, err := f.To(t.Context(), stuck{}, posted(server, make([]byte, 200_000)))
	require.ErrorIs(t, err, streamenc.ErrInvalidMAC)
	require.ErrorIs(t, err, errStuck)
}

var errStuck = errors.New("the destination is stuck")

// stuck is a Restarter that cannot restart.
type stuck struct{}

func (stuck) Write(p []byte) (int, error) { return len(p), nil }
func (stuck) Restart() error              { return errStuck }
