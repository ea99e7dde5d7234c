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
	for _, test := range []struct {
		mediaType             whatsmeow.MediaType
		newsletter, messenger bool
		path, mmsType         string
		encrypted             bool
	}{
		{whatsmeow.MediaImage, false, false, "/mms/image", "image", true},
		{whatsmeow.MediaVideo, false, false, "/mms/video", "video", true},
		{whatsmeow.MediaAudio, false, false, "/mms/audio", "audio", true},
		{whatsmeow.MediaDocument, false, false, "/mms/document", "document", true},
		{whatsmeow.MediaHistory, false, false, "/mms/md-msg-hist", "md-msg-hist", true},
		{whatsmeow.MediaAppState, false, false, "/mms/md-app-state", "md-app-state", true},
		{whatsmeow.MediaStickerPack, false, false, "/mms/sticker-pack", "sticker-pack", true},
		{mediatype.StickerPackThumbnail, false, false, "/mms/thumbnail-sticker-pack", "thumbnail-sticker-pack", true},
		{whatsmeow.MediaLinkThumbnail, false, false, "/mms/thumbnail-link", "thumbnail-link", true},
		{mediatype.ProductImage, false, false, "/product/image", "product-catalog-image", false},
		{mediatype.Sticker, true, false, "/newsletter/newsletter-image", "newsletter-image", false},
		{whatsmeow.MediaAudio, false, true, "/wa-msgr/mms/ptt", "ptt", true},
		{whatsmeow.MediaAudio, true, true, "/newsletter/newsletter-ptt", "newsletter-ptt", false},
		{whatsmeow.MediaVideo, false, true, "/wa-msgr/mms/video", "video", true},
	} {
		dest, err := DestinationOf(test.mediaType, test.newsletter, test.messenger)
		require.NoError(t, err)
		naming := resume.ByURL
		if test.mediaType == mediatype.ProductImage && !test.newsletter {
			naming = resume.ByDirectPath
		}
		require.Equal(t, Destination{test.path, test.mmsType, test.encrypted, naming, test.messenger}, dest)
	}
}
