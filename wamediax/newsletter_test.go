package wamediax_test

import (
	"bytes"
	"crypto/sha256"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"

	"github.com/wamediax/whatsmeow-ext/wamediax"
	"github.com/wamediax/whatsmeow-ext/wamediax/streamenc"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

func TestEachKindHasItsPathInANewsletter(t *testing.T) {
	for kind, thumbnail := range map[wamediax.Kind]bool{
		wamediax.KindImage: true, wamediax.KindVideo: true,
		wamediax.KindGIF: false, wamediax.KindAudio: false, wamediax.KindPTT: false, wamediax.KindPTV: false,
		wamediax.KindDocument: false, wamediax.KindSticker: false, wamediax.KindStickerPack: false,
	} {
		t.Run(string(kind), func(t *testing.T) {
			s := newService(t)
			s.SetDialect(wamediaxtest.WebDialect)
			data := content(10_000)
			up, err := s.client.UploadMedia(t.Context(), bytes.NewReader(data), kind.MediaType(), wamediax.ForNewsletter(), wamediax.As(kind))
			require.NoError(t, err)
			object, ok := s.Object(up.DirectPath)
			require.True(t, ok)
			require.Equal(t, "/newsletter/newsletter-"+string(kind), object.UploadPath)
			require.Equal(t, data, object.Data)
			require.NotEmpty(t, up.Handle)
			require.Equal(t, "https://mmg.whatsapp.net"+up.DirectPath, up.URL, "the answer has none")
			require.Nil(t, up.MediaKey)
			require.Equal(t, thumbnail, up.ThumbnailSHA256 != nil)

			requests := s.Requests()
			require.Equal(t, probes, requests[0].Kind, "anyone may have sent it before")
			require.Equal(t, thumbnail, requests[1].Query.Get("server_thumb_gen") == "1")
		})
	}
}

func TestANewslettersMediaIsFoundOnTheCDN(t *testing.T) {
	s := newService(t)
	data := content(10_000)
	upload := func() *wamediax.Uploaded {
		up, err := s.client.UploadMedia(t.Context(), stream(data), whatsmeow.MediaVideo, wamediax.ForNewsletter())
		require.NoError(t, err)
		return up
	}
	first, second := upload(), upload()
	require.EqualValues(t, len(data), first.BytesSent)
	require.Zero(t, second.BytesSent)
	require.Equal(t, first.Handle, second.Handle)
	require.Equal(t, first.ThumbnailSHA256, second.ThumbnailSHA256)
}

func TestUploadAllServesNewsletters(t *testing.T) {
	s := newService(t)
	s.SetDialect(wamediaxtest.WebDialect)
	items := []wamediax.UploadItem{
		{MediaType: whatsmeow.MediaImage, Path: fileOf(t, content(1000)).Name(), Options: []wamediax.UploadOption{wamediax.ForNewsletter()}},
		{MediaType: whatsmeow.MediaAudio, Path: fileOf(t, content(1001)).Name(), Options: []wamediax.UploadOption{
			wamediax.ForNewsletter(), wamediax.As(wamediax.KindPTT), wamediax.WithoutURL(),
		}},
	}
	paths := []string{"/newsletter/newsletter-image", "/newsletter/newsletter-ptt"}
	for i, outcome := range s.client.UploadAll(t.Context(), items) {
		require.NoError(t, outcome.Err)
		object, ok := s.Object(outcome.DirectPath)
		require.True(t, ok)
		require.Equal(t, paths[i], object.UploadPath)
		require.Equal(t, i == 0, outcome.URL != "")
		require.Equal(t, i == 0, outcome.ThumbnailSHA256 != nil)
	}
}

func TestANewslettersMessageHasAURLUnlessItIsNotWanted(t *testing.T) {
	s := newService(t)
	for name, test := range map[string]struct {
		opts []wamediax.UploadOption
		url  bool
	}{
		"as whatsmeow's example":         {nil, true},
		"as some programs found it best": {[]wamediax.UploadOption{wamediax.WithoutURL()}, false},
	} {
		t.Run(name, func(t *testing.T) {
			up, err := s.client.UploadMedia(t.Context(), bytes.NewReader(content(1000)), whatsmeow.MediaImage,
				append(test.opts, wamediax.ForNewsletter())...)
			require.NoError(t, err)
			msg := up.ImageMessage()
			require.Equal(t, test.url, msg.URL != nil)
			require.Equal(t, test.url, msg.GetURL() != "")
			require.Nil(t, msg.MediaKey)
			require.Nil(t, msg.FileEncSHA256)

			newsletter := types.NewJID("120363000000000000", types.NewsletterServer)
			_, err = s.client.SendMessage(t.Context(), newsletter, &waE2E.Message{ImageMessage: msg}, whatsmeow.SendRequestExtra{MediaHandle: up.Handle})
			require.NoError(t, err)
		})
	}
}

func TestUnencryptedMediaIsDownloadedByItsPathAndCheckedByItsHash(t *testing.T) {
	s := newService(t)
	data := content(300_000)
	up, err := s.client.UploadMedia(t.Context(), bytes.NewReader(data), whatsmeow.MediaImage, wamediax.ForNewsletter(), wamediax.WithoutURL())
	require.NoError(t, err)
	for name, msg := range map[string]*waE2E.ImageMessage{
		"the message":             up.ImageMessage(),
		"a path and a hash alone": {DirectPath: &up.DirectPath, FileSHA256: up.FileSHA256},
	} {
		t.Run(name, func(t *testing.T) {
			s.inject("", wamediaxtest.Downloads, 1, wamediaxtest.HangUp(100_000))
			got, _, err := s.client.DownloadBytes(t.Context(), msg)
			require.NoError(t, err)
			require.True(t, bytes.Equal(data, got))

			s.inject("", wamediaxtest.Downloads, -1, wamediaxtest.Tamper(200_000))
			defer s.ClearFaults()
			_, _, err = s.client.DownloadBytes(t.Context(), msg)
			require.ErrorIs(t, err, whatsmeow.ErrInvalidUnencryptedMediaSHA256)
			require.ErrorIs(t, err, streamenc.ErrHashMismatch)
		})
	}
}

func TestANewslettersThumbnailIsInItsMessageAndOnTheCDN(t *testing.T) {
	s := newService(t)
	s.SetDialect(wamediaxtest.WebDialect)
	up, err := s.client.UploadMedia(t.Context(), bytes.NewReader(content(1000)), whatsmeow.MediaImage, wamediax.ForNewsletter())
	require.NoError(t, err)
	require.NotEmpty(t, up.ThumbnailSHA256)
	image, video := up.ImageMessage(), up.VideoMessage()
	require.Equal(t, up.ThumbnailDirectPath, image.GetThumbnailDirectPath())
	require.Equal(t, up.ThumbnailSHA256, image.ThumbnailSHA256)
	require.Equal(t, up.ThumbnailDirectPath, video.GetThumbnailDirectPath())
	require.Equal(t, up.ThumbnailSHA256, video.ThumbnailSHA256)

	small, _, err := s.client.DownloadBytes(t.Context(), &waE2E.ImageMessage{DirectPath: &up.ThumbnailDirectPath, FileSHA256: up.ThumbnailSHA256})
	require.NoError(t, err)
	hash := sha256.Sum256(small)
	require.Equal(t, up.ThumbnailSHA256, hash[:])
}

func TestAKindThatIsNoneOfTheMediaTypeIsAnError(t *testing.T) {
	s := newService(t)
	_, err := s.client.UploadMedia(t.Context(), bytes.NewReader(content(10)), whatsmeow.MediaVideo, wamediax.As(wamediax.KindPTT))
	require.EqualError(t, err, `media of kind "ptt" cannot be uploaded as "WhatsApp Video Keys"`)
	_, err = s.client.UploadLive(t.Context(), stream(content(10)), whatsmeow.MediaVideo, wamediax.As(wamediax.KindPTT))
	require.EqualError(t, err, `media of kind "ptt" cannot be uploaded as "WhatsApp Video Keys"`)
	require.Empty(t, s.Requests())
}
