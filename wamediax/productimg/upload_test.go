package productimg_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"io"
	"net/http"
	"os"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/gen2brain/webp"
	"github.com/stretchr/testify/require"

	"github.com/wamediax/whatsmeow-ext/wamediax"
	"github.com/wamediax/whatsmeow-ext/wamediax/productimg"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest/hostile"
)

func TestUploadSendsAPictureUnchanged(t *testing.T) {
	s := newService(t)
	client := s.wrap()
	for _, test := range []struct {
		mimetype string
		data     []byte
	}{
		{"image/jpeg", jpegOf(t, pixels(1, 120, 80))},
		{"image/png", pngOf(t, pixels(2, 120, 80))},
		{"image/webp", webpOf(120, 80)},
	} {
		t.Run(test.mimetype, func(t *testing.T) {
			for name, src := range map[string]io.Reader{
				"bytes": bytes.NewReader(test.data), "a stream, byte by byte": iotest.OneByteReader(stream(test.data)),
			} {
				t.Run(name, func(t *testing.T) {
					img, err := productimg.Upload(t.Context(), client, src)
					require.NoError(t, err)
					sum := sha256.Sum256(test.data)
					require.Equal(t, productimg.Image{
						URL: img.URL, DirectPath: img.DirectPath, SHA256: sum[:], Size: int64(len(test.data)),
						Mimetype: test.mimetype, Width: 120, Height: 80,
					}, img)
					object, ok := s.Object(img.DirectPath)
					require.True(t, ok)
					require.Equal(t, test.data, object.Data, "picture was changed")
					require.Equal(t, "/product/image", object.UploadPath)

					answer, err := s.HTTPClient().Get(img.URL)
					require.NoError(t, err)
					defer answer.Body.Close()
					got, err := io.ReadAll(answer.Body)
					require.NoError(t, err)
					require.Equal(t, test.data, got, "URL returns other content")
				})
			}
		})
	}
}

func TestMissingURLIsBuiltFromTheDirectPath(t *testing.T) {
	s := newService(t)
	s.Inject("", wamediaxtest.Fault{On: wamediaxtest.Uploads, Do: wamediaxtest.Answer(http.StatusOK, `{"direct_path":"/v/product?oh=1"}`)})
	img, err := productimg.Upload(t.Context(), s.wrap(), bytes.NewReader(webpOf(8, 8)))
	require.NoError(t, err)
	require.Equal(t, "https://mmg.whatsapp.net/v/product?oh=1", img.URL)
}

func TestAnUploadSurvivesFaults(t *testing.T) {
	s := newService(t)
	data := pngOf(t, pixels(3, 500, 500))
	s.Inject("", wamediaxtest.Fault{On: wamediaxtest.Uploads, Do: wamediaxtest.HangUp(100_000)})
	s.RefuseTokens()
	img, err := productimg.Upload(t.Context(), s.wrap(), stream(data))
	require.NoError(t, err)
	object, _ := s.Object(img.DirectPath)
	require.Equal(t, data, object.Data)
	require.EqualValues(t, len(data), s.Received(), "bytes were sent twice")
}

func TestAFileIsRemembered(t *testing.T) {
	s := newService(t)
	store := newStore(t)
	path := writeFile(t, "p.png", pngOf(t, pixels(4, 60, 60)))
	var images []productimg.Image
	for range 2 {
		file, err := os.Open(path)
		require.NoError(t, err)
		img, err := productimg.Upload(t.Context(), s.wrap(wamediax.WithResumeStore(store)), file)
		require.NoError(t, err)
		require.NoError(t, file.Close())
		images = append(images, img)
	}
	require.Equal(t, images[0], images[1])
	require.Equal(t, 1, s.uploads())
}

// bomb returns a PNG whose header announces the given dimensions.
func bomb(width, height uint32) []byte {
	out := []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR")
	out = binary.BigEndian.AppendUint32(out, width)
	out = binary.BigEndian.AppendUint32(out, height)
	out = append(out, 8, 6, 0, 0, 0)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out[12:]))
}

func TestBadInputIsRejectedBeforeUploading(t *testing.T) {
	jpg, pic := jpegOf(t, pixels(5, 100, 100)), pngOf(t, pixels(5, 100, 100))
	broken := errors.New("disk failed")
	dir, err := os.Open(t.TempDir())
	require.NoError(t, err)
	defer dir.Close()
	tests := map[string]struct {
		src  func() io.Reader
		want error
		says string
	}{
		"0 bytes":                         {func() io.Reader { return stream(nil) }, productimg.ErrTruncated, "0 bytes"},
		"1 byte":                          {func() io.Reader { return stream(jpg[:1]) }, productimg.ErrFormat, ""},
		"text":                            {func() io.Reader { return strings.NewReader("This is not a picture, but a long enough text.") }, productimg.ErrFormat, ""},
		"a GIF":                           {func() io.Reader { return strings.NewReader("GIF89a\x01\x00\x01\x00\x00\x00\x00;") }, productimg.ErrFormat, ""},
		"a WAV, which is also RIFF":       {func() io.Reader { return strings.NewReader("RIFF\x24\x00\x00\x00WAVEfmt ") }, productimg.ErrFormat, ""},
		"a JPEG that ends in its header":  {func() io.Reader { return stream(jpg[:30]) }, productimg.ErrTruncated, "header"},
		"a JPEG that ends in the middle":  {func() io.Reader { return stream(jpg[:len(jpg)/2]) }, productimg.ErrTruncated, "truncated"},
		"a JPEG without its last byte":    {func() io.Reader { return stream(jpg[:len(jpg)-1]) }, productimg.ErrTruncated, ""},
		"a PNG that ends in the middle":   {func() io.Reader { return stream(pic[:len(pic)/2]) }, productimg.ErrTruncated, ""},
		"a PNG without its last byte":     {func() io.Reader { return stream(pic[:len(pic)-1]) }, productimg.ErrTruncated, ""},
		"a WebP that ends in the middle":  {func() io.Reader { return stream(webpOf(100, 100)[:28]) }, productimg.ErrTruncated, ""},
		"a PNG of 10⁹ pixels":             {func() io.Reader { return stream(bomb(40_000, 25_000)) }, productimg.ErrTooManyPixels, "40000 × 25000"},
		"a PNG of 10¹⁸ pixels":            {func() io.Reader { return stream(bomb(1<<30, 1<<30)) }, productimg.ErrFormat, "overflow"},
		"a JPEG whose header never ends":  {func() io.Reader { return io.MultiReader(bytes.NewReader(jpg[:2]), endless{}) }, productimg.ErrFormat, ""},
		"a directory":                     {func() io.Reader { return dir }, nil, "is a directory"},
		"a source that fails":             {func() io.Reader { return io.MultiReader(bytes.NewReader(jpg[:50]), iotest.ErrReader(broken)) }, broken, ""},
		"a source that fails immediately": {func() io.Reader { return iotest.ErrReader(broken) }, broken, ""},
	}
	for _, options := range []struct {
		name string
		opts []productimg.Option
	}{{"as it is", nil}, {"to JPEG", []productimg.Option{productimg.WithJPEG(80, 50)}}} {
		s := newService(t)
		client := s.wrap()
		for name, test := range tests {
			t.Run(name+", "+options.name, func(t *testing.T) {
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				_, err := productimg.Upload(t.Context(), client, test.src(), options.opts...)
				runtime.ReadMemStats(&after)
				require.Error(t, err)
				if test.want != nil {
					require.ErrorIs(t, err, test.want)
				}
				require.ErrorContains(t, err, test.says)
				require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(16<<20), "allocated memory for the header's dimensions")
				require.Empty(t, s.Requests())
			})
		}
	}
}

// endless is a JPEG header without end: an infinite sequence of 65535-byte comments.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 0xff // endless padding
	}
	return len(p), nil
}

func TestWithJPEGConvertsAndScales(t *testing.T) {
	s := newService(t)
	client := s.wrap()
	upload := func(t *testing.T, data []byte, opts ...productimg.Option) (productimg.Image, []byte) {
		img, err := productimg.Upload(t.Context(), client, stream(data), opts...)
		require.NoError(t, err)
		object, ok := s.Object(img.DirectPath)
		require.True(t, ok)
		return img, object.Data
	}
	t.Run("a large PNG becomes a JPEG of the right size", func(t *testing.T) {
		img, data := upload(t, pngOf(t, pixels(6, 1000, 500)), productimg.WithJPEG(80, 300))
		require.Equal(t, "image/jpeg", img.Mimetype)
		require.Equal(t, []int{300, 150}, []int{img.Width, img.Height})
		config, err := jpeg.DecodeConfig(bytes.NewReader(data))
		require.NoError(t, err)
		require.Equal(t, []int{300, 150}, []int{config.Width, config.Height})
	})
	t.Run("a small one keeps its size", func(t *testing.T) {
		img, _ := upload(t, pngOf(t, pixels(7, 30, 50)), productimg.WithJPEG(80, 300))
		require.Equal(t, []int{30, 50}, []int{img.Width, img.Height})
	})
	t.Run("a WebP keeps its colour", func(t *testing.T) {
		_, data := upload(t, webpOf(64, 32), productimg.WithJPEG(95, 0))
		requireColour(t, data, 5, 5, color.RGBA{200, 120, 60, 255})
	})
	t.Run("a lossy WebP keeps its colour", func(t *testing.T) {
		img := image.NewNRGBA(image.Rect(0, 0, 64, 64))
		draw.Draw(img, img.Rect, image.NewUniform(color.NRGBA{235, 30, 20, 255}), image.Point{}, draw.Src)
		var lossy bytes.Buffer
		require.NoError(t, webp.Encode(&lossy, img, webp.Options{Quality: 90}))
		_, data := upload(t, lossy.Bytes(), productimg.WithJPEG(95, 0))
		requireColour(t, data, 5, 5, color.RGBA{235, 30, 20, 255})
	})
	t.Run("transparency becomes white", func(t *testing.T) {
		_, data := upload(t, pngOf(t, image.NewNRGBA(image.Rect(0, 0, 40, 40))), productimg.WithJPEG(90, 10))
		requireColour(t, data, 5, 5, color.RGBA{255, 255, 255, 255})
	})
	t.Run("a JPEG that fits stays unchanged", func(t *testing.T) {
		jpg := jpegOf(t, pixels(8, 100, 50))
		_, data := upload(t, jpg, productimg.WithJPEG(10, 100))
		require.Equal(t, jpg, data)
	})
	t.Run("a rotated JPEG is turned upright", func(t *testing.T) {
		flag := image.NewRGBA(image.Rect(0, 0, 64, 32)) // left red, right blue
		for y := range 32 {
			for x := range 64 {
				flag.Set(x, y, map[bool]color.RGBA{true: {255, 0, 0, 255}, false: {0, 0, 255, 255}}[x < 32])
			}
		}
		img, data := upload(t, withOrientation(jpegOf(t, flag), 6), productimg.WithJPEG(95, 0)) // a quarter clockwise
		require.Equal(t, []int{32, 64}, []int{img.Width, img.Height})
		requireColour(t, data, 16, 5, color.RGBA{255, 0, 0, 255})
		requireColour(t, data, 16, 60, color.RGBA{0, 0, 255, 255})
	})
}

func TestConversionIsBounded(t *testing.T) {
	s := newService(t)
	client := s.wrap()
	upload := func(data []byte, opts ...productimg.Option) error {
		_, err := productimg.Upload(t.Context(), client, stream(data), opts...)
		return err
	}
	for _, file := range hostile.Pictures() {
		switch file.Name {
		case "scans-300.jpg", "coefficients-4096.jpg", "cmyk-4096.jpg", "interlaced.png":
			require.ErrorIs(t, upload(file.Make(), productimg.WithJPEG(80, 1000)), productimg.ErrTooManyPixels, file.Name)
		}
	}
	t.Run("the limit on memory comes from the options", func(t *testing.T) { // 4 bytes per pixel each for decoding and encoding the PNG
		png := pngOf(t, image.NewNRGBA(image.Rect(0, 0, 100, 100)))
		require.NoError(t, upload(png, productimg.WithJPEG(80, 0), productimg.WithMaxMemory(80_000)))
		require.ErrorIs(t, upload(png, productimg.WithJPEG(80, 0), productimg.WithMaxMemory(79_999)), productimg.ErrTooManyPixels)
		require.NoError(t, upload(png, productimg.WithMaxMemory(1)), "nothing is decoded")
	})
	t.Run("pictures wait for each other's memory", func(t *testing.T) {
		items := catalog(t, 8, 8)
		for _, outcome := range synced(t.Context(), client, items, productimg.WithJPEG(80, 0), productimg.WithMaxMemory(2*4*40*30)) {
			require.NoError(t, outcome.Err)
		}
	})
}

func requireColour(t *testing.T, jpg []byte, x, y int, want color.RGBA) {
	t.Helper()
	img, err := jpeg.Decode(bytes.NewReader(jpg))
	require.NoError(t, err)
	r, g, b, _ := img.At(x, y).RGBA()
	for i, pair := range [][2]uint32{{r >> 8, uint32(want.R)}, {g >> 8, uint32(want.G)}, {b >> 8, uint32(want.B)}} {
		require.InDelta(t, pair[1], pair[0], 24, "channel %d", i)
	}
}
