package upload

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow"

	"github.com/wamediax/whatsmeow-ext/wamediax/cdn"
	"github.com/wamediax/whatsmeow-ext/wamediax/internal/mediatype"
	"github.com/wamediax/whatsmeow-ext/wamediax/resume"
)

func TestTheLeaderIsTheHostThatHasTakenMost(t *testing.T) {
	var leaders []string
	l := &lead{tell: func(host string) { leaders = append(leaders, host) }}
	step := func(host string, offset, sent int64, want ...string) {
		t.Helper()
		l.attempt(resume.Attempt{Host: host, Offset: offset})
		l.taken(sent)
		require.Equal(t, want, leaders)
	}
	step("one", 0, 100, "one")
	step("two", 0, 100, "one")
	step("two", 0, 101, "one", "two")
	step("one", 0, 50, "one", "two")
	step("two", 101, 500, "one", "two")
	step("one", 0, 499, "one", "two")
	step("one", 0, 501, "one", "two", "one")
}

func TestAnUploadBeginsWithTheHostOfThatNameIfItIsListed(t *testing.T) {
	hosts := []cdn.Host{{Name: "one", FallbackName: "one-own"}, {Name: "two", Fallback: true}}
	for name, want := range map[string][]string{
		"":        {"one", "one-own", "two"},
		"one":     {"one", "one-own", "two"},
		"two":     {"two", "one", "one-own"},
		"one-own": {"one-own", "one", "two"},
		"gone":    {"one", "one-own", "two"},
	} {
		require.Equal(t, want, cdn.InOrder(beginningWith(name, hosts)), "beginning with %q", name)
	}
	require.Len(t, hosts, 2)
}

func TestFinerPathsAreForSomeKindsOfEncryptedMedia(t *testing.T) {
	image, video, audio := whatsmeow.MediaImage, whatsmeow.MediaVideo, whatsmeow.MediaAudio
	for _, test := range []struct {
		target         Target
		finer, mmsType string
	}{
		{Target{MediaType: image, Kind: mediatype.KindSticker}, "/mms/sticker", "sticker"},
		{Target{MediaType: video, Kind: mediatype.KindGIF}, "/mms/gif", "gif"},
		{Target{MediaType: video, Kind: mediatype.KindPTV}, "/mms/ptv", "ptv"},
		{Target{MediaType: audio, Kind: mediatype.KindPTT}, "/mms/ptt", "ptt"},
		{Target{MediaType: audio, Kind: mediatype.KindAudio}, "", "audio"},
		{Target{MediaType: audio}, "", "audio"},
		{Target{MediaType: audio, Kind: mediatype.KindPTT, Newsletter: true}, "", "newsletter-ptt"},
		{Target{MediaType: video, Kind: mediatype.KindGIF, Messenger: true}, "", "video"},
	} {
		test.target.Finer = true
		dest, err := test.target.Destination()
		require.NoError(t, err)
		require.Equal(t, test.finer, dest.finer)
		require.Equal(t, test.mmsType, dest.mmsType)
		test.target.Finer = false
		coarse, err := test.target.Destination()
		require.NoError(t, err)
		require.Empty(t, coarse.finer)
		require.Equal(t, coarse.path, dest.path)
	}
}
