package streamenc

import (
	"bytes"
	"crypto/sha256"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow"
	"golang.org/x/crypto/hkdf"
)

// expand is the HKDF of golang.org/x/crypto.
func expand(t *testing.T, size int, secret []byte, info string) []byte {
	out := make([]byte, size)
	_, err := io.ReadFull(hkdf.New(sha256.New, secret, nil, []byte(info)), out)
	require.NoError(t, err)
	return out
}

func TestKeysExpandAsInXCrypto(t *testing.T) {
	for _, mediaType := range []whatsmeow.MediaType{whatsmeow.MediaImage, whatsmeow.MediaHistory, "x", whatsmeow.MediaType(strings.Repeat("long", 64))} {
		secret := bytes.Repeat([]byte{byte(len(mediaType))}, mediaKeySize)
		var keys mediaKeys
		require.NoError(t, keys.derive(secret, mediaType))
		require.Equal(t, expand(t, len(keys.expanded), secret, string(mediaType)), keys.expanded[:])
	}
}

func FuzzHKDF(f *testing.F) {
	f.Add([]byte("secret"), "info", 80)
	f.Fuzz(func(t *testing.T, secret []byte, info string, size int) {
		out := make([]byte, uint(size)%(255*sha256.Size+1)) // the limit of RFC 5869
		hkdfSHA256(out, secret, info)
		require.Equal(t, expand(t, len(out), secret, info), out)
	})
}
