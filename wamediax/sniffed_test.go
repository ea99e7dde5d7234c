package wamediax_test

import (
	"bytes"
	"image"
	"image/png"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow"

	"github.com/wamediax/whatsmeow-ext/wamediax"
)

func TestFileTypeIsToldByTheFirstBytes(t *testing.T) {
	ogg := "OggS\x00\x02" + strings.Repeat("\x00", 20) + "\x01\x13"
	opus := ogg + "OpusHead\x01\x01\x38\x01\x80\xbb\x00\x00\x00\x00\x00"
	for name, test := range map[string]struct {
		head string
		want wamediax.FileType
	}{
		"a JPEG is a picture":                      {"\xff\xd8\xff\xe0\x00\x10JFIF", wamediax.FileType{"image/jpeg", whatsmeow.MediaImage, ".jpg"}},
		"a PNG is a picture":                       {"\x89PNG\r\n\x1a\n", wamediax.FileType{"image/png", whatsmeow.MediaImage, ".png"}},
		"a WebP is a document":                     {"RIFF\x00\x00\x00\x00WEBPVP8 ", wamediax.FileType{"image/webp", whatsmeow.MediaDocument, ".webp"}},
		"a GIF is a document":                      {"GIF89a", wamediax.FileType{"image/gif", whatsmeow.MediaDocument, ".gif"}},
		"an MP4 is a video":                        {"\x00\x00\x00\x18ftypmp42\x00\x00\x00", wamediax.FileType{"video/mp4", whatsmeow.MediaVideo, ".mp4"}},
		"a 3GPP is a video":                        {"\x00\x00\x00\x18ftyp3gp4\x00\x00\x00", wamediax.FileType{"video/3gpp", whatsmeow.MediaVideo, ".3gp"}},
		"a QuickTime film is a document":           {"\x00\x00\x00\x14ftypqt  \x00\x00\x00", wamediax.FileType{"video/quicktime", whatsmeow.MediaDocument, ".mov"}},
		"an M4A is audio":                          {"\x00\x00\x00\x18ftypM4A \x00\x00\x00", wamediax.FileType{"audio/x-m4a", whatsmeow.MediaAudio, ".m4a"}},
		"audio in MP4 is audio":                    {"\x00\x00\x00\x18ftypF4A \x00\x00\x00", wamediax.FileType{"audio/mp4", whatsmeow.MediaAudio, ".m4a"}},
		"an MP3 is audio":                          {"\xff\xfb\x90\x00", wamediax.FileType{"audio/mpeg", whatsmeow.MediaAudio, ".mp3"}},
		"AAC is audio":                             {"\xff\xf1\x50\x80", wamediax.FileType{"audio/aac", whatsmeow.MediaAudio, ".aac"}},
		"AMR is audio":                             {"#!AMR\n", wamediax.FileType{"audio/amr", whatsmeow.MediaAudio, ".amr"}},
		"Opus in Ogg is audio, with its codec":     {opus, wamediax.FileType{"audio/ogg; codecs=opus", whatsmeow.MediaAudio, ".ogg"}},
		"Vorbis in Ogg is a document":              {ogg + "\x01vorbis\x00\x00\x00\x00", wamediax.FileType{"audio/ogg", whatsmeow.MediaDocument, ".oga"}},
		"WAV is a document":                        {"RIFF\x00\x00\x00\x00WAVEfmt ", wamediax.FileType{"audio/wav", whatsmeow.MediaDocument, ".wav"}},
		"a PDF is a document":                      {"%PDF-1.7", wamediax.FileType{"application/pdf", whatsmeow.MediaDocument, ".pdf"}},
		"text is a document":                       {"words", wamediax.FileType{"text/plain; charset=utf-8", whatsmeow.MediaDocument, ".txt"}},
		"an empty file is a document":              {"", wamediax.FileType{"text/plain", whatsmeow.MediaDocument, ".txt"}},
		"unknown bytes are a document":             {"\x00\x01\x02", wamediax.FileType{"application/octet-stream", whatsmeow.MediaDocument, ""}},
		"what comes after SniffLen does not count": {strings.Repeat(" ", wamediax.SniffLen) + "\x00\x01", wamediax.FileType{"text/plain; charset=utf-8", whatsmeow.MediaDocument, ".txt"}},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, test.want, wamediax.Sniff([]byte(test.head)))
		})
	}
}

func TestUploadHasTheMIMETypeThatSniffSays(t *testing.T) {
	s := newService(t)
	var picture bytes.Buffer
	require.NoError(t, png.Encode(&picture, image.NewGray(image.Rect(0, 0, 8, 8))))
	kind := wamediax.Sniff(picture.Bytes())
	up, err := s.client.UploadMedia(t.Context(), bytes.NewReader(picture.Bytes()), kind.MediaType)
	require.NoError(t, err)
	require.Equal(t, "image/png", up.Mimetype)
	require.Equal(t, kind.Mimetype, up.Mimetype)
}

func FuzzSniff(f *testing.F) {
	for _, head := range []string{"", "\xff\xd8\xff", "OggS\x00OpusHead", "\x00\x00\x00\x18ftypmp42", "PK\x03\x04", "%PDF-"} {
		f.Add([]byte(head))
	}
	f.Fuzz(func(t *testing.T, head []byte) {
		kind := wamediax.Sniff(head)
		require.NotEmpty(t, kind.Mimetype)
		require.Contains(t, []whatsmeow.MediaType{
			whatsmeow.MediaImage, whatsmeow.MediaVideo, whatsmeow.MediaAudio, whatsmeow.MediaDocument,
		}, kind.MediaType)
		if kind.Extension != "" {
			require.Regexp(t, `^\.[a-z0-9]+$`, kind.Extension, "%s", kind.Mimetype)
		}
	})
}
