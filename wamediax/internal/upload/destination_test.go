package upload

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow"

	"github.com/wamediax/whatsmeow-ext/wamediax/cdn"
	"github.com/wamediax/whatsmeow-ext/wamediax/internal/mediatype"
	"github.com/wamediax/whatsmeow-ext/wamediax/resume"
)

func TestHostsThatDoNotTakeTheTypeAreLeftOut(t *testing.T) {
	hosts := []cdn.Host{
		{Name: "all"},
		{Name: "images", Upload: []string{"image"}},
		{Name: "videos", Upload: []string{"video"}},
	}
	names := func(hosts []cdn.Host) (names []string) {
		for _, host := range hosts {
			names = append(names, host.Name)
		}
		return names
	}
	require.Equal(t, []string{"all", "images"}, names(Destination{mmsType: "image"}.choose(hosts)))
	require.Equal(t, []string{"images", "videos"}, names(Destination{mmsType: "audio"}.choose(hosts[1:])), "never down to no host")
	hosts[2].Fallback = true
	last := Destination{mmsType: "video", lastFirst: true}.choose(hosts)
	require.Equal(t, []string{"videos", "all"}, names(last))
	require.False(t, last[0].Fallback, "it would be tried last")
}

func TestDestinations(t *testing.T) {
	image, video, audio, document := whatsmeow.MediaImage, whatsmeow.MediaVideo, whatsmeow.MediaAudio, whatsmeow.MediaDocument
	for _, test := range []struct {
		target        Target
		path, mmsType string
		encrypted     bool
	}{
		{Target{MediaType: image}, "/mms/image", "image", true},
		{Target{MediaType: image, Kind: mediatype.KindSticker}, "/mms/image", "image", true},
		{Target{MediaType: video}, "/mms/video", "video", true},
		{Target{MediaType: video, Kind: mediatype.KindGIF}, "/mms/video", "video", true},
		{Target{MediaType: audio}, "/mms/audio", "audio", true},
		{Target{MediaType: audio, Kind: mediatype.KindPTT}, "/mms/audio", "audio", true},
		{Target{MediaType: document}, "/mms/document", "document", true},
		{Target{MediaType: whatsmeow.MediaHistory}, "/mms/md-msg-hist", "md-msg-hist", true},
		{Target{MediaType: whatsmeow.MediaAppState}, "/mms/md-app-state", "md-app-state", true},
		{Target{MediaType: whatsmeow.MediaStickerPack}, "/mms/sticker-pack", "sticker-pack", true},
		{Target{MediaType: mediatype.StickerPackThumbnail}, "/mms/thumbnail-sticker-pack", "thumbnail-sticker-pack", true},
		{Target{MediaType: whatsmeow.MediaLinkThumbnail}, "/mms/thumbnail-link", "thumbnail-link", true},
		{Target{MediaType: mediatype.ProductImage}, "/product/image", "product-catalog-image", false},

		{Target{MediaType: image, Newsletter: true}, "/newsletter/newsletter-image", "newsletter-image", false},
		{Target{MediaType: image, Kind: mediatype.KindImage, Newsletter: true}, "/newsletter/newsletter-image", "newsletter-image", false},
		{Target{MediaType: image, Kind: mediatype.KindSticker, Newsletter: true}, "/newsletter/newsletter-sticker", "newsletter-sticker", false},
		{Target{MediaType: video, Newsletter: true}, "/newsletter/newsletter-video", "newsletter-video", false},
		{Target{MediaType: video, Kind: mediatype.KindVideo, Newsletter: true}, "/newsletter/newsletter-video", "newsletter-video", false},
		{Target{MediaType: video, Kind: mediatype.KindGIF, Newsletter: true}, "/newsletter/newsletter-gif", "newsletter-gif", false},
		{Target{MediaType: video, Kind: mediatype.KindPTV, Newsletter: true}, "/newsletter/newsletter-ptv", "newsletter-ptv", false},
		{Target{MediaType: audio, Newsletter: true}, "/newsletter/newsletter-audio", "newsletter-audio", false},
		{Target{MediaType: audio, Kind: mediatype.KindPTT, Newsletter: true}, "/newsletter/newsletter-ptt", "newsletter-ptt", false},
		{Target{MediaType: document, Newsletter: true}, "/newsletter/newsletter-document", "newsletter-document", false},
		{Target{MediaType: whatsmeow.MediaStickerPack, Newsletter: true}, "/newsletter/newsletter-sticker-pack", "newsletter-sticker-pack", false},
		{Target{MediaType: whatsmeow.MediaLinkThumbnail, Newsletter: true}, "/newsletter/newsletter-thumbnail-link", "newsletter-thumbnail-link", false},

		{Target{MediaType: audio, Messenger: true}, "/wa-msgr/mms/ptt", "ptt", true},
		{Target{MediaType: audio, Newsletter: true, Messenger: true}, "/newsletter/newsletter-ptt", "newsletter-ptt", false},
		{Target{MediaType: video, Messenger: true}, "/wa-msgr/mms/video", "video", true},
	} {
		dest, err := test.target.Destination()
		require.NoError(t, err)
		want := Destination{path: test.path, mmsType: test.mmsType, encrypted: test.encrypted, lastFirst: test.target.Messenger}
		if !test.encrypted {
			want.naming = resume.ByDirectPath
		}
		want.thumbnail = test.mmsType == "newsletter-image" || test.mmsType == "newsletter-video"
		require.Equal(t, want, dest)
	}
}

func TestAKindOfAnotherMediaTypeIsAnError(t *testing.T) {
	_, err := Target{MediaType: whatsmeow.MediaVideo, Kind: mediatype.KindPTT}.Destination()
	require.EqualError(t, err, `media of kind "ptt" cannot be uploaded as "WhatsApp Video Keys"`)
	_, err = Target{MediaType: whatsmeow.MediaVideo, Kind: "movie"}.Destination()
	require.EqualError(t, err, `media of kind "movie" cannot be uploaded as "WhatsApp Video Keys"`)
	_, err = Target{MediaType: "video"}.Destination()
	require.ErrorIs(t, err, whatsmeow.ErrUnknownMediaType)
}
