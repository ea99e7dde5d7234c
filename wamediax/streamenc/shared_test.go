package streamenc_test

import (
	"io"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/wamediax/whatsmeow-ext/wamediax/streamenc"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func readSealed(t *testing.T, sealed *streamenc.Sealed, offset int64) []byte {
	t.Helper()
	r, err := sealed.Open(offset)
	require.NoError(t, err)
	defer r.Close()
	data, err := io.ReadAll(r)
	require.NoError(t, err)
	return data
}
