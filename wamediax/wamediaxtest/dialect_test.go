package wamediaxtest_test

import (
	"encoding/base64"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow"

	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

func TestServerStartsWithTheDialectOfTheEnvironment(t *testing.T) {
	withWeb := []wamediaxtest.Option{wamediaxtest.WithDialect(wamediaxtest.WebDialect)}
	for name, test := range map[string]struct {
		env      string
		opts     []wamediaxtest.Option
		finer    bool // the hosts know WhatsApp Web's finer paths
		urlInAll bool // also an answer to a newsletter's upload has a URL
	}{
		"without one, it accepts everything": {"", nil, true, true},
		"coarse":                             {"coarse", nil, false, true},
		"web":                                {"web", nil, true, false},
		"coarse, but an option says web":     {"coarse", withWeb, true, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv(wamediaxtest.DialectEnv, test.env)
			srv := wamediaxtest.NewServer(test.opts...)
			defer srv.Close()
			cli, err := srv.NewClient(t.Context())
			require.NoError(t, err)

			up, err := cli.UploadNewsletter(t.Context(), []byte("a picture"), whatsmeow.MediaImage)
			require.NoError(t, err)
			require.Equal(t, test.urlInAll, up.URL != "")

			token := base64.RawURLEncoding.EncodeToString(make([]byte, 32))
			resp, err := srv.HTTPClient().Post("https://mmg.whatsapp.net/mms/ptt/"+token+"?token="+token, "", nil)
			require.NoError(t, err)
			require.NoError(t, resp.Body.Close())
			require.Equal(t, test.finer, resp.StatusCode != http.StatusNotFound, "status %d", resp.StatusCode)
		})
	}
}

func TestServerDoesNotStartWithAnUnknownDialect(t *testing.T) {
	t.Setenv(wamediaxtest.DialectEnv, "klingon")
	require.PanicsWithValue(t, `wamediaxtest: failed to start a server: WAMEDIAXTEST_DIALECT is "klingon", but must be "coarse", "web" or empty`,
		func() { wamediaxtest.NewServer() })
}
