package interop_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow"

	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

// vectors are the test vectors of one library.
type vectors struct {
	Library       string
	Media         []media
	Keys          []keys
	Animated      []animated
	Receipts      []receipt
	Notifications []notification
	Packs         []pack
}

// libraries are the files in testdata.
var libraries = []string{"zapo", "baileys", "whatsapp-rust"}

func load(t *testing.T, library string) (v vectors) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", library+".json"))
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(data, &v))
	require.NotEmpty(t, v.Media)
	return v
}

// connect returns a service and a client of it.
func connect(t *testing.T) (*wamediaxtest.Server, *whatsmeow.Client) {
	t.Helper()
	server := wamediaxtest.NewServer()
	t.Cleanup(server.Close)
	cli, err := server.NewClient(t.Context())
	require.NoError(t, err)
	return server, cli
}
