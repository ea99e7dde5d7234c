package source

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestMimetypeIsToldByTheFirstBytes(t *testing.T) {
	opus := "OggS\x00\x02\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x13OpusHead\x01\x01\x38\x01\x80\xbb\x00\x00\x00\x00\x00"
	for head, want := range map[string]string{
		"":                                     "text/plain",
		"\x00\x01\x02":                         "application/octet-stream",
		"\xff\xd8\xff\xe0\x00\x10JFIF":         "image/jpeg",
		"RIFF\x00\x00\x00\x00WEBPVP8 ":         "image/webp",
		"\x00\x00\x00\x18ftypmp42\x00\x00\x00": "video/mp4",
		"%PDF-1.7":                             "application/pdf",
		opus:                                   "audio/ogg; codecs=opus",
	} {
		require.Equal(t, want, Sniff([]byte(head)), "%q", head)
	}
}

func TestHeadKeepsNoMoreThanItNeeds(t *testing.T) {
	head := new(Head)
	for _, piece := range []string{"%PDF-1.7", "", strings.Repeat("x", SniffSize), "more"} {
		n, err := head.Write([]byte(piece))
		require.NoError(t, err)
		require.Equal(t, len(piece), n)
	}
	require.Len(t, head.bytes, SniffSize)
	require.Equal(t, "application/pdf", head.Mimetype())
}
