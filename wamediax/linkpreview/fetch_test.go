package linkpreview_test

import (
	"context"
	"errors"
	"image"
	"net/http"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/unicode"

	"github.com/wamediax/whatsmeow-ext/wamediax/linkpreview"
	"github.com/wamediax/whatsmeow-ext/wamediax/safehttp"
)

func TestPagesAreRead(t *testing.T) {
	for name, test := range map[string]struct {
		html, title, description string
		picture                  image.Point // of the thumbnail
	}{
		"Open Graph comes first": {
			html: `<!DOCTYPE html><html><head><title>plain</title><meta name="description" content="plain">
				<meta name="twitter:title" content="twitter"><meta property="og:title" content="Tea &amp; cake">
				<meta property="og:description" content="For  all
				of us"><link rel="icon" href="/icon.png"><meta property="og:image" content="/wide.png"></head>`,
			title: "Tea & cake", description: "For all of us", picture: image.Pt(100, 50),
		},
		"then Twitter's tags": {
			html: `<title>plain</title><meta name="twitter:title" content="twitter"><meta name="twitter:description" content="about">
				<meta name="description" content="plain"><meta name="twitter:image:src" content="wide.gif"><link rel=icon href=/icon.png>`,
			title: "twitter", description: "about", picture: image.Pt(100, 25),
		},
		"then standard HTML tags": {
			html:  `<html><head><TITLE>All &lt;of&gt; it</TITLE><META NAME=Description CONTENT=short><LINK REL="shortcut icon" HREF=icon.png>`,
			title: "All <of> it", description: "short", picture: image.Pt(32, 32),
		},
		"the largest icon that can be decoded": {
			html: `<title>x</title><link rel=icon sizes=any href=/icon.svg><link rel=icon href=/favicon.ico?v=1>
				<link rel=icon sizes=32x32 href=/icon.png><link rel=apple-touch-icon sizes=180x180 href=/touch.png>`,
			title: "x", picture: image.Pt(100, 100),
		},
		"the next picture if one is missing or broken": {
			html: `<title>x</title><meta property=og:image content=/gone.png><meta name=twitter:image content=/page>
				<link rel=image_src href=/touch.png>`,
			title: "x", picture: image.Pt(100, 100),
		},
		"names and properties that are mixed up": {
			html:  `<meta name="og:title" content="x"><meta property="description" content="y"><meta property=" OG:Image " content="/wide.png">`,
			title: "x", description: "y", picture: image.Pt(100, 50),
		},
		"relative to the base": {
			html:  `<base href="/sub/"><title>x</title><meta property="og:image" content="wide.png">`,
			title: "x", picture: image.Pt(64, 64),
		},
		"the first value that is not empty counts": {
			html:  `<meta property=og:title content=" "><meta property=og:title content=one><meta property=og:title content=two>`,
			title: "one",
		},
		"the host if there is no title": {
			html: `<meta name=description content=y>`, title: "127.0.0.1", description: "y",
		},
		"nothing after the head": {
			html:  `<head><title>x</title></head><body><meta property=og:title content=injected><svg><title>drawing</title></svg>`,
			title: "x",
		},
		"nothing in the body": {
			html: `<title>x</title><body><meta property=og:title content=injected>`, title: "x",
		},
		"nothing in scripts and comments": {
			html:  `<script>"<meta property=og:title content=script>"</script><!-- <meta property=og:title content=comment> --><title>x</title>`,
			title: "x",
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t)
			s.page("/page", test.html)
			s.HandleFunc("/sub/wide.png", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(picturePNG(64, 64)) })
			page, err := links().Fetch(t.Context(), s.url+"/to?u=/page")
			require.NotNil(t, page, err)
			require.Equal(t, test.title, page.Title)
			require.Equal(t, test.description, page.Description)
			require.Equal(t, s.url+"/to?u=/page", page.URL)
			require.Equal(t, s.url+"/page", page.Location)
			if test.picture == (image.Point{}) {
				require.NoError(t, err)
				require.Empty(t, page.Thumbnail)
				return
			}
			require.NoError(t, err)
			require.Equal(t, test.picture, sizeOf(t, page.Thumbnail))
		})
	}
}

func TestLargePicturesAreKeptForTheUpload(t *testing.T) {
	s := newSite(t)
	for path, want := range map[string]image.Point{"/wide.png": {X: 600, Y: 300}, "/huge.jpg": {X: 1200, Y: 600}, "/touch.png": {}} {
		s.page("/page"+path, `<title>x</title><meta property="og:image" content="`+path+`">`)
		page, err := links().Fetch(t.Context(), s.url+"/page"+path)
		require.NoError(t, err)
		require.NotEmpty(t, page.Thumbnail)
		require.Equal(t, want, image.Pt(page.PictureWidth, page.PictureHeight), path)
		if want == (image.Point{}) {
			require.Nil(t, page.Picture)
		} else {
			require.Equal(t, want, sizeOf(t, page.Picture))
		}
	}
}

func TestAURLOfAPictureShowsThePicture(t *testing.T) {
	s := newSite(t)
	page, err := links().Fetch(t.Context(), s.url+"/wide.jpg")
	require.NoError(t, err)
	require.Equal(t, "wide.jpg", page.Title)
	require.Equal(t, image.Pt(601, 301), sizeOf(t, page.Picture))

	s.file("/octets", "application/octet-stream", string(pictureJPEG(10, 10)))
	page, err = links().Fetch(t.Context(), s.url+"/octets")
	require.NoError(t, err, "detected from the content")
	require.Equal(t, image.Pt(10, 10), sizeOf(t, page.Thumbnail))
}

func TestCharsets(t *testing.T) {
	encode := func(text string, encoding interface{ String(string) (string, error) }) string {
		encoded, err := encoding.String(text)
		require.NoError(t, err)
		return encoded
	}
	for name, test := range map[string]struct{ contentType, body, want string }{
		"in the header":              {"text/html; charset=windows-1251", encode("<title>Привет</title>", charmap.Windows1251.NewEncoder()), "Привет"},
		"in the page":                {"text/html", encode(`<meta charset=Shift_JIS><title>こんにちは</title>`, japanese.ShiftJIS.NewEncoder()), "こんにちは"},
		"in the page, as http-equiv": {"text/html", encode(`<meta http-equiv=Content-Type content="text/html; charset=iso-8859-2"><title>łódź</title>`, charmap.ISO8859_2.NewEncoder()), "łódź"},
		"as a byte order mark":       {"text/html", encode("<title>中文</title>", unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder()), "中文"},
		"in XHTML":                   {"application/xhtml+xml; charset=utf-8", "<html><head><title>größer</title></head></html>", "größer"},
		"nowhere":                    {"text/html", "<title>größer</title>", "größer"},
		"neither charset nor type":   {"", "<!DOCTYPE html><title>größer</title>", "größer"},
		"an unknown charset":         {"text/html; charset=klingon", "<title>größer</title>", "größer"},
		"a wrong charset":            {"text/html; charset=utf-8", encode("<title>größer</title>", charmap.Windows1252.NewEncoder()), "gr\ufffd\ufffder"},
		"an invalid header":          {"text/html; charset", "<title>x</title>", "x"},
		"an unsupported charset":     {"text/html; charset=iso-2022-kr", "<title>x</title>", ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t)
			s.file("/page", test.contentType, test.body)
			page, err := links().Fetch(t.Context(), s.url+"/page")
			if test.want == "" {
				require.ErrorIs(t, err, linkpreview.ErrNoPreview)
				return
			}
			require.NoError(t, err)
			require.Equal(t, test.want, page.Title)
		})
	}
}

func TestTextIsSafeToDisplay(t *testing.T) {
	s := newSite(t)
	s.page("/page", "<title>a\u202e\x07\x1b[31m b\u2066\t\n c \U0001f469\u200d\U0001f680</title><meta property=og:description content='"+strings.Repeat("ä ", 100_000)+"'>")
	page, err := links().Fetch(t.Context(), s.url+"/page")
	require.NoError(t, err)
	require.Equal(t, "a[31m b c \U0001f469\u200d\U0001f680", page.Title, "joined emojis stay intact")
	require.LessOrEqual(t, utf8.RuneCountInString(page.Description), linkpreview.DescriptionLength+1)
	require.True(t, strings.HasSuffix(page.Description, "ä…"))
}

func TestPagesWithoutAPreview(t *testing.T) {
	s := newSite(t)
	s.page("/empty", "")
	s.page("/silent", "<html><head></head><body>hello")
	s.file("/archive", "application/zip", "PK")
	s.file("/text", "text/plain", "hello")
	s.file("/unknown", "application/octet-stream", "\x00\x01\x02")
	s.file("/drawing", "image/svg+xml", "<svg/>")
	s.file("/type", strings.Repeat("x", 60_000)+"/y", "")
	var status *safehttp.StatusError
	for path, want := range map[string]error{
		"/empty": linkpreview.ErrNoPreview, "/silent": linkpreview.ErrNoPreview, "/archive": linkpreview.ErrNoPreview,
		"/text": linkpreview.ErrNoPreview, "/unknown": linkpreview.ErrNoPreview, "/drawing": nil, "/type": linkpreview.ErrNoPreview,
	} {
		page, err := links().Fetch(t.Context(), s.url+path)
		require.Nil(t, page, path)
		require.Error(t, err, path)
		if want != nil {
			require.ErrorIs(t, err, want, path)
		}
		require.Less(t, len(err.Error()), 500)
	}
	_, err := links().Fetch(t.Context(), s.url+"/gone")
	require.ErrorAs(t, err, &status)
}

func TestInvalidCallsAreErrors(t *testing.T) {
	var none *linkpreview.Fetcher
	_, err := none.Fetch(t.Context(), "https://example.com")
	require.ErrorContains(t, err, "nil")
	_, err = new(linkpreview.Fetcher).Fetch(t.Context(), "https://example.com")
	require.ErrorContains(t, err, "nil")
	for _, url := range []string{"", "file:///etc/passwd", "http://me:secret@example.com/", "https://%zz/"} {
		_, err = links().Fetch(t.Context(), url)
		require.ErrorIs(t, err, safehttp.ErrURL, url)
		require.NotContains(t, err.Error(), "secret")
	}
	_, err = links().Fetch(t.Context(), "127.0.0.2/")
	require.ErrorIs(t, err, safehttp.ErrNotPublic, "https is assumed")
}

func TestCancellingTheContextStopsAFetch(t *testing.T) {
	gone := errors.New("the user went away")
	s := newSite(t)
	ctx, cancel := context.WithCancelCause(t.Context())
	reached := s.stalling("/page", "text/html", "")
	go func() { <-reached; cancel(gone) }()
	page, err := links(linkpreview.WithTimeout(0)).Fetch(ctx, s.url+"/page?token=secret")
	require.Nil(t, page)
	require.ErrorIs(t, err, gone)
	require.NotContains(t, err.Error(), "secret")
}
