package linkpreview_test

import (
	"bytes"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wamediax/whatsmeow-ext/wamediax/linkpreview"
	"github.com/wamediax/whatsmeow-ext/wamediax/safehttp"
)

// links fetches from the loopback address of the test servers. 127.0.0.2 reaches the same machine
// and stays forbidden.
func links(opts ...linkpreview.Option) *linkpreview.Fetcher {
	client := safehttp.New(safehttp.WithPorts(), safehttp.WithAllowedPrefixes(netip.MustParsePrefix("127.0.0.1/32")))
	patient := []linkpreview.Option{linkpreview.WithClient(client), linkpreview.WithTimeout(time.Minute)} // the machine may be busy
	return linkpreview.New(append(patient, opts...)...)
}

// site is a web site to which a test adds the pages it needs.
type site struct {
	*http.ServeMux
	url string
}

func newSite(t testing.TB) *site {
	mux := http.NewServeMux()
	srv := httptest.NewServer(mux)
	t.Cleanup(srv.Close)
	s := &site{mux, srv.URL}
	for path, data := range pictures() {
		s.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(data) })
	}
	s.HandleFunc("/to", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.FormValue("u"), http.StatusFound) })
	return s
}

// page serves an HTML page in UTF-8.
func (s *site) page(path, html string) { s.file(path, "text/html; charset=utf-8", html) }

func (s *site) file(path, contentType, body string) {
	s.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) {
		if contentType != "" {
			w.Header().Set("Content-Type", contentType)
		} else {
			w.Header()["Content-Type"] = nil
		}
		_, _ = io.WriteString(w, body)
	})
}

// endless serves first, and then repeats then until the client disconnects.
func (s *site) endless(path, contentType, first, then string) {
	then = strings.Repeat(then, 1+(64<<10)/max(len(then), 1))
	s.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", contentType)
		_, err := io.WriteString(w, first)
		for err == nil {
			_, err = io.WriteString(w, then)
		}
	})
}

// stalling closes reached, serves first, and then nothing until the client disconnects.
func (s *site) stalling(path, contentType, first string) (reached <-chan struct{}) {
	c := make(chan struct{})
	s.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", contentType)
		if first != "" {
			_, _ = io.WriteString(w, first)
			_ = http.NewResponseController(w).Flush()
		}
		close(c)
		<-r.Context().Done()
	})
	return c
}

var pictures = sync.OnceValue(func() map[string][]byte {
	return map[string][]byte{
		"/wide.png": picturePNG(600, 300), "/wide.jpg": pictureJPEG(601, 301), "/huge.jpg": pictureJPEG(2400, 1200),
		"/icon.png": picturePNG(32, 32), "/touch.png": picturePNG(180, 180), "/wide.gif": pictureGIF(400, 100),
	}
})

func drawing(width, height int) image.Image {
	img := image.NewPaletted(image.Rect(0, 0, width, height), color.Palette{color.White, color.RGBA{200, 30, 30, 255}})
	for x := range width {
		for y := range height {
			img.SetColorIndex(x, y, uint8((x/8+y/8)%2))
		}
	}
	return img
}

func picturePNG(width, height int) []byte {
	var out bytes.Buffer
	_ = png.Encode(&out, drawing(width, height))
	return out.Bytes()
}

func pictureJPEG(width, height int) []byte {
	var out bytes.Buffer
	_ = jpeg.Encode(&out, drawing(width, height), nil)
	return out.Bytes()
}

func pictureGIF(width, height int) []byte {
	var out bytes.Buffer
	_ = gif.Encode(&out, drawing(width, height), nil)
	return out.Bytes()
}

// sizeOf returns the dimensions of a JPEG that phones can display.
func sizeOf(t *testing.T, data []byte) image.Point {
	img, err := jpeg.Decode(bytes.NewReader(data))
	require.NoError(t, err)
	return img.Bounds().Size()
}
