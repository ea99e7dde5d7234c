package productimg_test

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow"

	"github.com/wamediax/whatsmeow-ext/wamediax"
	"github.com/wamediax/whatsmeow-ext/wamediax/internal/webpfile/webptest"
	"github.com/wamediax/whatsmeow-ext/wamediax/resume"
	"github.com/wamediax/whatsmeow-ext/wamediax/resume/filestore"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

// service is a WhatsApp service with a client logged in to it.
type service struct {
	*wamediaxtest.Server
	plain *whatsmeow.Client
}

func newService(t testing.TB) *service {
	t.Helper()
	server := wamediaxtest.NewServer()
	t.Cleanup(server.Close)
	cli, err := server.NewClient(t.Context())
	require.NoError(t, err)
	return &service{server, cli}
}

// wrap wraps the client as a program does when it starts.
func (s *service) wrap(opts ...wamediax.Option) *wamediax.Client {
	opts = append([]wamediax.Option{
		wamediax.WithHTTPClient(s.HTTPClient()),
		wamediax.WithBackoff(time.Millisecond, 5*time.Millisecond), wamediax.WithMaxAttempts(6),
	}, opts...)
	return wamediax.Wrap(s.plain, opts...)
}

func newStore(t testing.TB) resume.Store {
	t.Helper()
	store, err := filestore.New(t.TempDir())
	require.NoError(t, err)
	return store
}

// uploads returns the number of upload requests.
func (s *service) uploads() (n int) { return s.count(wamediaxtest.Uploads) }

func (s *service) count(kind wamediaxtest.Kind) (n int) {
	for _, request := range s.Requests() {
		if request.Kind == kind {
			n++
		}
	}
	return n
}

// waitForEnd waits until the CDN has read the bytes in flight when their sender was cut off.
func (s *service) waitForEnd(t testing.TB) {
	t.Helper()
	require.NoError(t, s.WaitFor(t.Context(), func(requests []wamediaxtest.Request) bool {
		return !slices.ContainsFunc(requests, func(request wamediaxtest.Request) bool { return !request.Done })
	}))
}

// pixels returns a different picture for each seed.
func pixels(seed uint64, width, height int) *image.RGBA {
	random := rand.New(rand.NewPCG(seed, 1))
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			img.SetRGBA(x, y, color.RGBA{uint8(x*5 + int(seed)), uint8(y * 7), uint8(random.Uint32()), 255})
		}
	}
	return img
}

func jpegOf(t testing.TB, img image.Image) []byte {
	t.Helper()
	var out bytes.Buffer
	require.NoError(t, jpeg.Encode(&out, img, nil))
	return out.Bytes()
}

func pngOf(t testing.TB, img image.Image) []byte {
	t.Helper()
	var out bytes.Buffer
	require.NoError(t, png.Encode(&out, img))
	return out.Bytes()
}

// webpOf returns a WebP of one colour.
func webpOf(width, height int) []byte {
	return webptest.OneColour(width, height, color.NRGBA{200, 120, 60, 255})
}

// withOrientation adds EXIF data to a JPEG.
func withOrientation(jpg []byte, orientation byte) []byte {
	exif := []byte("Exif\x00\x00MM\x00\x2a\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00")
	exif[6+8+2+9] = orientation
	segment := append([]byte{0xff, 0xe1, 0, byte(len(exif) + 2)}, exif...)
	return append(append(append([]byte{}, jpg[:2]...), segment...), jpg[2:]...)
}

func writeFile(t testing.TB, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, data, 0o600))
	return path
}

// stream returns a reader that has only a Read method.
func stream(data []byte) io.Reader { return io.MultiReader(bytes.NewReader(data)) }
