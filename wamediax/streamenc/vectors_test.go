package streamenc_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow"

	"github.com/wamediax/whatsmeow-ext/wamediax/streamenc"
)

// vector is an object from another implementation.
type vector struct {
	name                            string
	mediaType                       whatsmeow.MediaType
	key, plaintext, object, sidecar []byte
	hasSidecar                      bool
}

// vectorMediaTypes maps the prefix of a vector's name to its media type.
var vectorMediaTypes = map[string]whatsmeow.MediaType{
	"AUDIO":    whatsmeow.MediaAudio,
	"VIDEO":    whatsmeow.MediaVideo,
	"image":    whatsmeow.MediaImage,
	"video":    whatsmeow.MediaVideo,
	"audio":    whatsmeow.MediaAudio,
	"document": whatsmeow.MediaDocument,
}

// vectors returns the vectors in testdata (made with openssl, see its README) and, if present next
// to the project, real files.
func vectors(t *testing.T) []vector {
	t.Helper()
	var all []vector
	for _, dir := range []string{"testdata/vectors", "../../../shared/testvectors"} {
		keys, err := filepath.Glob(filepath.Join(dir, "*.key"))
		require.NoError(t, err)
		for _, keyFile := range keys {
			base := strings.TrimSuffix(keyFile, ".key")
			v := vector{name: filepath.Base(base), key: readFile(t, keyFile), plaintext: readFile(t, base+".original"), object: readFile(t, base+".encrypted")}
			kind, _, _ := strings.Cut(v.name, "-")
			v.mediaType = vectorMediaTypes[kind]
			require.NotEmpty(t, v.mediaType, v.name)
			if v.sidecar, err = os.ReadFile(base + ".sidecar"); err == nil {
				v.hasSidecar = true
			}
			all = append(all, v)
		}
	}
	return all
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	return data
}

func TestEveryAPIAgreesWithOtherImplementations(t *testing.T) {
	for _, v := range vectors(t) {
		t.Run(v.name, func(t *testing.T) {
			with := []streamenc.Option{streamenc.WithKey(v.key), streamenc.WithSidecar(true)}
			object, info, err := streamenc.EncryptBytes(v.plaintext, v.mediaType, with...)
			require.NoError(t, err)
			require.True(t, bytes.Equal(v.object, object))
			if v.hasSidecar {
				require.Equal(t, v.sidecar, info.Sidecar)
			}

			var dst bytes.Buffer
			streamed, err := streamenc.Encrypt(&dst, bytes.NewReader(v.plaintext), v.mediaType, with...)
			require.NoError(t, err)
			require.True(t, bytes.Equal(v.object, dst.Bytes()))
			require.Equal(t, info, streamed)

			sealed, err := streamenc.Seal(bytes.NewReader(v.plaintext), int64(len(v.plaintext)), v.mediaType, with...)
			require.NoError(t, err)
			require.Equal(t, info, sealed.Info())
			require.True(t, bytes.Equal(v.object, readSealed(t, sealed, 0)))

			var plain bytes.Buffer
			n, err := streamenc.Decrypt(&plain, bytes.NewReader(v.object), v.key, v.mediaType,
				streamenc.ExpectHashes(info.FileEncSHA256, info.FileSHA256), streamenc.VerifySidecar(info.Sidecar))
			require.NoError(t, err)
			require.Equal(t, int64(len(v.plaintext)), n)
			require.True(t, bytes.Equal(v.plaintext, plain.Bytes()))

			at, err := streamenc.NewReaderAt(bytes.NewReader(v.object), int64(len(v.object)), v.key, v.mediaType, streamenc.VerifySidecar(info.Sidecar))
			require.NoError(t, err)
			require.Equal(t, int64(len(v.plaintext)), at.Size())
			random := make([]byte, at.Size())
			_, err = at.ReadAt(random, 0)
			require.NoError(t, err)
			require.True(t, bytes.Equal(v.plaintext, random))
		})
	}
}
