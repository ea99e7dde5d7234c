package linkpreview_test

import (
	"bytes"
	"net/url"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/wamediax/whatsmeow-ext/wamediax/linkpreview"
)

func FuzzReadHead(f *testing.F) {
	for _, page := range []string{
		`<title>a &amp; b</title><meta property="og:title" content="x"><meta name=description content='y'>`,
		`<base href="//other.example/x/"><meta property=og:image content=a.png><link rel="icon shortcut" sizes=32x32 href=b.png>`,
		"<meta charset=shift_jis><title>\x83\x65</title></head>",
		"\xff\xfe<\x00t\x00i\x00t\x00l\x00e\x00>\x00",
		"<title", "<title>", "<meta content", "<!--", "<script><title>", "<link rel=image_src href='javascript:x'>",
	} {
		f.Add([]byte(page), "text/html")
	}
	f.Add([]byte("<title>\xe4</title>"), "text/html; charset=iso-8859-1")
	f.Add([]byte("<title>x</title>"), "text/html; charset=iso-2022-kr")
	base, err := url.Parse("https://example.com/page")
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, page []byte, contentType string) {
		title, description, pictures, err := linkpreview.ReadHead(bytes.NewReader(page), contentType, base)
		require.NoError(t, err, "no page content is an error")
		require.LessOrEqual(t, utf8.RuneCountInString(title), linkpreview.TitleLength+1)
		require.LessOrEqual(t, utf8.RuneCountInString(description), linkpreview.DescriptionLength+1)
		for _, r := range title + description {
			require.False(t, unicode.IsControl(r))
		}
		require.True(t, utf8.ValidString(title+description))
		for _, picture := range pictures {
			target, err := url.Parse(picture)
			require.NoError(t, err)
			require.Contains(t, []string{"http", "https"}, target.Scheme)
		}
	})
}

func FuzzFindURL(f *testing.F) {
	f.Add("see https://example.com/a_(b).")
	f.Fuzz(func(t *testing.T, text string) {
		found := linkpreview.FindURL(text)
		require.Contains(t, text, found)
		require.Equal(t, found, linkpreview.FindURL(found))
	})
}
