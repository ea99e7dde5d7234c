package linkpreview_test

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"hash/crc32"
	"net/http"
	"net/url"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wamediax/whatsmeow-ext/wamediax/internal/picture"
	"github.com/wamediax/whatsmeow-ext/wamediax/linkpreview"
	"github.com/wamediax/whatsmeow-ext/wamediax/safehttp"
)

// claimingPNG returns a PNG that claims the given dimensions.
func claimingPNG(width, height uint32) []byte {
	data := picturePNG(8, 8)
	binary.BigEndian.PutUint32(data[16:], width)
	binary.BigEndian.PutUint32(data[20:], height)
	binary.BigEndian.PutUint32(data[29:], crc32.ChecksumIEEE(data[12:29]))
	return data
}

func gzipped(data []byte) string {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, _ = w.Write(data)
	_ = w.Close()
	return out.String()
}

func TestEndlessPagesAreReadInPart(t *testing.T) {
	if testing.Short() {
		t.Skip("one goroutine that computes for long")
	}
	s := newSite(t)
	s.endless("/tags", "text/html", "<title>found</title>", "<meta property='og:nothing' content='x'>")
	s.endless("/title", "text/html", "<meta name=description content=found><title>", "longer and ")
	s.endless("/attribute", "text/html", "<title>found</title><meta name=description content='", "longer and ")
	s.endless("/attributes", "text/html", "<title>found</title><meta ", "a=b ")
	s.endless("/script", "text/html", "<title>found</title><script>", "x = 1;\n")
	s.endless("/comment", "text/html", "<title>found</title><!--", "-- ")
	s.endless("/tag", "text/html", "<title>found</title><", "x")
	s.endless("/nested", "text/html", "<title>found</title>", "<div>")
	s.endless("/icons", "text/html", "<title>found</title>", "<link rel=icon href=data:x sizes=9999999999999999999x9>")
	s.endless("/nulls", "text/html", "<title>found</title>", "\x00")
	s.endless("/wide", "text/html; charset=windows-1252", "<title>found</title><meta content='", "\x80\x80")
	for _, path := range []string{"/tags", "/attribute", "/attributes", "/script", "/comment", "/tag", "/nested", "/icons", "/nulls", "/wide"} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		page, err := links().Fetch(t.Context(), s.url+path)
		runtime.ReadMemStats(&after)
		require.NoError(t, err, path)
		require.Equal(t, "found", page.Title, path)
		require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(64<<20), path)
	}
	page, err := links().Fetch(t.Context(), s.url+"/title")
	require.NoError(t, err)
	require.Equal(t, "found", page.Description)
}

func TestDecompressionBombsAreRejected(t *testing.T) {
	s := newSite(t)
	bomb := gzipped(bytes.Repeat([]byte("<meta property=og:title content=x>"), 1<<17))
	s.HandleFunc("/bomb", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Accept-Encoding") != "" {
			t.Error("compression was asked for")
		}
		w.Header().Set("Content-Type", "text/html")
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write([]byte(bomb))
	})
	_, err := links().Fetch(t.Context(), s.url+"/bomb")
	require.ErrorIs(t, err, safehttp.ErrCompressed)

	s.endless("/endless.png", "image/png", string(picturePNG(8, 8)), "x")
	_, err = links().Fetch(t.Context(), s.url+"/endless.png")
	require.ErrorIs(t, err, safehttp.ErrTooLarge)

	s.file("/claims.png", "image/png", string(claimingPNG(50_000, 20_000)))
	_, err = links().Fetch(t.Context(), s.url+"/claims.png")
	require.ErrorIs(t, err, picture.ErrTooLarge)
	s.file("/deep.png", "image/png", string(claimingPNG(8_000, 4_000)))
	_, err = links().Fetch(t.Context(), s.url+"/deep.png")
	require.ErrorIs(t, err, picture.ErrTooLarge, "few enough pixels, but too much memory")

	for _, path := range []string{"/endless.png", "/claims.png", "/bomb"} {
		s.page("/page"+path, `<title>kept</title><meta property="og:image" content="`+path+`">`)
		page, err := links().Fetch(t.Context(), s.url+"/page"+path)
		require.Error(t, err)
		require.Equal(t, "kept", page.Title)
		require.Nil(t, page.Thumbnail)
	}
}

func TestPagesCannotReachInternalAddresses(t *testing.T) {
	s := newSite(t)
	target, err := url.Parse(s.url)
	require.NoError(t, err)
	inside := "http://127.0.0.2:" + target.Port()
	to := func(target string) string { return "/to?u=" + url.QueryEscape(target) }
	for address, want := range map[string]error{
		inside + "/wide.png":                             safehttp.ErrNotPublic,
		s.url + to(inside+"/wide.png"):                   safehttp.ErrNotPublic,
		s.url + to("http://169.254.169.254/"):            safehttp.ErrNotPublic,
		s.url + to("http://[::1]:"+target.Port()+"/"):    safehttp.ErrNotPublic,
		s.url + to("http://me:secret@"+target.Host+"/x"): safehttp.ErrURL,
		s.url + to("file:///etc/passwd"):                 safehttp.ErrURL,
		s.url + to("data:text/html,<title>x</title>"):    safehttp.ErrURL,
	} {
		s := newSite(t) // for a page with that picture
		page, err := links().Fetch(t.Context(), address)
		require.ErrorIs(t, err, want, address)
		require.Nil(t, page)
		require.NotContains(t, err.Error(), "secret")

		s.page("/page", `<title>kept</title><meta property="og:image" content="`+address+`">`)
		page, err = links().Fetch(t.Context(), s.url+"/page")
		require.ErrorIs(t, err, want, address)
		require.Equal(t, "kept", page.Title)
		require.Nil(t, page.Thumbnail)
	}
	s.HandleFunc("/round", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/round", http.StatusFound) })
	_, err = links().Fetch(t.Context(), s.url+"/round")
	require.ErrorIs(t, err, safehttp.ErrRedirects)
}

func TestPictureURLsOfOtherSchemesAreIgnored(t *testing.T) {
	s := newSite(t)
	for _, address := range []string{
		"javascript:alert(1)", "data:image/png;base64,AAAA", "file:///etc/passwd", "ftp://127.0.0.1/x.png", "http://%zz/",
	} {
		s := newSite(t)
		s.page("/page", `<title>kept</title><meta property="og:image" content="`+address+`">`)
		page, err := links().Fetch(t.Context(), s.url+"/page")
		require.NoError(t, err, address)
		require.Equal(t, "kept", page.Title)
		require.Nil(t, page.Thumbnail)
	}
	s.page("/base", `<base href="javascript:alert(1)"><title>kept</title><meta property="og:image" content="wide.png">`)
	page, err := links().Fetch(t.Context(), s.url+"/base")
	require.NoError(t, err)
	require.Nil(t, page.Thumbnail)
}

func TestOnlyAFewPicturesAreTried(t *testing.T) {
	s := newSite(t)
	tried := 0
	s.HandleFunc("/try/", func(w http.ResponseWriter, _ *http.Request) { tried++; w.WriteHeader(http.StatusNotFound) })
	html := "<title>x</title>"
	for i := range 100 {
		html += "<link rel=icon href=/try/" + strings.Repeat("x", i+1) + ">"
	}
	s.page("/page", html)
	page, err := links().Fetch(t.Context(), s.url+"/page")
	require.Error(t, err)
	require.NotNil(t, page)
	require.Equal(t, 3, tried)
}

func TestSlowSitesTimeOut(t *testing.T) {
	const patience = 2 * time.Second
	s := newSite(t)
	s.stalling("/silent", "text/html", "")
	s.stalling("/untitled", "text/html", "<html><head>")
	s.stalling("/titled", "text/html", "<title>kept</title>"+strings.Repeat(" ", 2000))
	s.stalling("/picture", "image/png", "\x89PNG")
	s.page("/page", `<title>kept</title><meta property="og:image" content="/picture"><link rel=icon href=/icon.png>`)
	for path, title := range map[string]string{"/silent": "", "/untitled": "", "/titled": "kept", "/page": "kept"} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			page, err := links(linkpreview.WithTimeout(patience)).Fetch(t.Context(), s.url+path)
			require.ErrorIs(t, err, linkpreview.ErrTimeout)
			if title == "" {
				require.Nil(t, page)
			} else {
				require.Equal(t, title, page.Title)
			}
		})
	}
}

func TestATruncatedPageKeepsItsTitle(t *testing.T) {
	s := newSite(t)
	s.HandleFunc("/half", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.Header().Set("Content-Length", "100000")
		_, _ = w.Write([]byte("<title>kept</title><meta property=og:image content=/wide.png>" + strings.Repeat(" ", 4000)))
		panic(http.ErrAbortHandler)
	})
	page, err := links().Fetch(t.Context(), s.url+"/half")
	require.ErrorContains(t, err, "failed to read page")
	require.Equal(t, "kept", page.Title)
	require.NotEmpty(t, page.Thumbnail)
}
