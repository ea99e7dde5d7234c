package message_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow"

	"github.com/wamediax/whatsmeow-ext/wamediax/internal/mediatype"
	"github.com/wamediax/whatsmeow-ext/wamediax/internal/message"
)

const opus = "audio/ogg; codecs=opus"

func TestKindFollowsTheMIMEType(t *testing.T) {
	for mime, want := range map[string]mediatype.Kind{
		"image/jpeg":                mediatype.KindImage,
		"image/png":                 mediatype.KindImage,
		"image/webp":                mediatype.KindDocument,
		"image/gif":                 mediatype.KindDocument,
		"video/mp4":                 mediatype.KindVideo,
		"video/3gpp":                mediatype.KindVideo,
		"video/quicktime":           mediatype.KindDocument,
		"audio/mpeg":                mediatype.KindAudio,
		opus:                        mediatype.KindAudio,
		"audio/ogg":                 mediatype.KindDocument,
		"text/plain; charset=utf-8": mediatype.KindDocument,
		"":                          mediatype.KindDocument,
	} {
		require.Equal(t, want, message.KindOf(mime), mime)
	}
}

func TestPreviewRefinesTheKind(t *testing.T) {
	for name, c := range map[string]struct {
		kind  mediatype.Kind
		mime  string
		voice bool
		want  mediatype.Kind
	}{
		"an MP4 with sound only is audio":                   {mediatype.KindVideo, "audio/mp4", false, mediatype.KindAudio},
		"an MP4 with a picture stays a video":               {mediatype.KindVideo, "video/mp4", false, mediatype.KindVideo},
		"audio that plays as a voice message becomes one":   {mediatype.KindAudio, opus, true, mediatype.KindPTT},
		"stereo audio stays audio":                          {mediatype.KindAudio, opus, false, mediatype.KindAudio},
		"an image is not changed by a claim that it speaks": {mediatype.KindImage, "image/png", true, mediatype.KindImage},
		"a preview without a MIME type changes nothing":     {mediatype.KindVideo, "", false, mediatype.KindVideo},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, c.want, message.Refine(c.kind, c.mime, c.voice))
		})
	}
}

func TestOnlyContentThatPhonesShowCanHaveTheKind(t *testing.T) {
	head := func(channels byte) []byte { return append([]byte("OggS…OpusHead\x01"), channels) }
	for name, c := range map[string]struct {
		kind mediatype.Kind
		mime string
		head []byte
		want string // in the error; "" for none
	}{
		"WebP as an image":                {mediatype.KindImage, "image/webp", nil, ""},
		"GIF as an image":                 {mediatype.KindImage, "image/gif", nil, "convert it to JPEG or PNG"},
		"QuickTime as a video":            {mediatype.KindVideo, "video/quicktime", nil, ""},
		"a GIF file as a GIF":             {mediatype.KindGIF, "image/gif", nil, "convert it to MP4"},
		"anything as a document":          {mediatype.KindDocument, "image/gif", nil, ""},
		"unknown content as a video":      {mediatype.KindVideo, "application/octet-stream", nil, ""},
		"unknown content as a sticker":    {mediatype.KindSticker, "application/octet-stream", nil, "stickerpack/convert"},
		"unknown content as voice":        {mediatype.KindPTT, "application/octet-stream", nil, "preview/voice"},
		"mono Opus as voice":              {mediatype.KindPTT, opus, head(1), ""},
		"stereo Opus as voice":            {mediatype.KindPTT, opus, head(2), "2 channels"},
		"Opus that is cut short as voice": {mediatype.KindPTT, opus, []byte("OggS…OpusHead"), ""},
		"MP3 as voice":                    {mediatype.KindPTT, "audio/mpeg", nil, "preview/voice"},
		"a zip as a sticker pack":         {mediatype.KindStickerPack, "application/zip", nil, "package stickerpack"},
		"a kind that does not exist":      {"hologram", "image/png", nil, `"hologram"`},
	} {
		t.Run(name, func(t *testing.T) {
			err := message.CheckKind(c.kind, c.mime, c.head)
			if c.want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, message.ErrKind)
			require.ErrorContains(t, err, c.want)
		})
	}
}

func TestThumbnailTypeIsThatOfTheKind(t *testing.T) {
	for kind, want := range map[mediatype.Kind]whatsmeow.MediaType{
		mediatype.KindVideo:    mediatype.VideoThumbnail,
		mediatype.KindGIF:      mediatype.VideoThumbnail,
		mediatype.KindDocument: mediatype.DocumentThumbnail,
		mediatype.KindPTV:      "",
		mediatype.KindImage:    "",
		mediatype.KindPTT:      "",
		mediatype.KindSticker:  "",
	} {
		require.Equal(t, want, message.ThumbnailType(kind), kind)
	}
}

func TestDocumentIsNamedAfterItsFile(t *testing.T) {
	file, err := os.Create(filepath.Join(t.TempDir(), "minutes.pdf"))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, file.Close()) })
	require.Equal(t, "minutes.pdf", message.FileName(file, "application/pdf"))
	require.Equal(t, "document.pdf", message.FileName(nil, "application/pdf"))
	require.Equal(t, "document.pdf", message.FileName((*os.File)(nil), "application/pdf"))
	require.Equal(t, "document", message.FileName(nil, "nobody/knows"))
}

func TestExtensionIsTheUsualOne(t *testing.T) {
	for mime, want := range map[string]string{
		"audio/mp4": ".m4a", opus: ".ogg", "image/jpeg": ".jpg", "text/plain; charset=utf-8": ".txt", "nobody/knows": "",
	} {
		require.Equal(t, want, message.Extension(mime), mime)
	}
}
