package linkpreview_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wamediax/whatsmeow-ext/wamediax/linkpreview"
)

func TestFindURL(t *testing.T) {
	for text, want := range map[string]string{
		"Look at https://example.com/a?b=c#d.":              "https://example.com/a?b=c#d",
		"(see http://example.com/wiki/Go_(game))":           "http://example.com/wiki/Go_(game)",
		"first https://one.example/, then https://two.org":  "https://one.example/",
		"Grüße: https://müller.example/straße – schön":      "https://müller.example/straße",
		"HTTPS://EXAMPLE.COM!":                              "HTTPS://EXAMPLE.COM",
		"http://127.0.0.1:8080/x":                           "http://127.0.0.1:8080/x",
		"\"https://example.com/quoted\"":                    "https://example.com/quoted",
		"line\nhttps://example.com/next\nline":              "https://example.com/next",
		"example.com, README.md and me@example.com":         "",
		"file:///etc/passwd ftp://example.com mailto:a@b.c": "",
		"javascript:alert(1)":                               "",
		"https://":                                          "",
		"":                                                  "",
	} {
		require.Equal(t, want, linkpreview.FindURL(text), text)
	}
}
