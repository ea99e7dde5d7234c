package message_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waCommon"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"
	"google.golang.org/protobuf/proto"

	"github.com/wamediax/whatsmeow-ext/wamediax/internal/mediatype"
	"github.com/wamediax/whatsmeow-ext/wamediax/internal/message"
)

var (
	person  = types.NewJID("15550000001", types.DefaultUserServer)
	group   = types.NewJID("120363000000000001", types.GroupServer)
	channel = types.NewJID("120363000000000002", types.NewsletterServer)
	bot     = types.NewJID("867051314767696", types.BotServer)
)

func TestRecipientMustTakeWhatIsSent(t *testing.T) {
	for name, c := range map[string]struct {
		to                   types.JID
		newsletter, viewOnce bool
		want                 string // in the error; "" for none
	}{
		"a person":                        {person, false, true, ""},
		"a channel":                       {channel, true, false, ""},
		"nobody":                          {types.EmptyJID, false, false, "recipient is empty"},
		"a channel's upload for a person": {person, true, false, "leave out ForNewsletter"},
		"view once in a channel":          {channel, true, true, "view-once"},
	} {
		t.Run(name, func(t *testing.T) {
			err := message.CheckRecipient(c.to, c.newsletter, c.viewOnce)
			if c.want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, c.want)
		})
	}
}

func TestAlbumNeedsAChatAndANumberOfItemsThatItCanHave(t *testing.T) {
	for _, to := range []types.JID{person, group} {
		require.Error(t, message.CheckAlbum(to, 1))
		require.NoError(t, message.CheckAlbum(to, 2))
		require.NoError(t, message.CheckAlbum(to, 30))
		require.Error(t, message.CheckAlbum(to, 31))
	}
	for _, to := range []types.JID{channel, types.StatusBroadcastJID, bot} {
		require.ErrorContains(t, message.CheckAlbum(to, 2), "one by one", to)
	}
}

func TestAlbumHasOnlyImagesAndVideosThatStay(t *testing.T) {
	require.NoError(t, message.CheckMember(mediatype.KindImage, message.Details{}))
	require.NoError(t, message.CheckMember(mediatype.KindVideo, message.Details{Caption: "Text"}))
	require.ErrorIs(t, message.CheckMember(mediatype.KindGIF, message.Details{}), message.ErrKind)
	require.ErrorIs(t, message.CheckMember(mediatype.KindPTT, message.Details{}), message.ErrKind)
	require.ErrorIs(t, message.CheckMember(mediatype.KindImage, message.Details{ViewOnce: true}), message.ErrDetails)
}

func TestAnnouncementCountsTheItemsOfAnAlbum(t *testing.T) {
	require.Nil(t, message.Announcement(nil, nil))
	require.Nil(t, message.Announcement([]mediatype.Kind{mediatype.KindImage}, nil), "one item is no album")

	context := &waE2E.ContextInfo{StanzaID: proto.String("ID")}
	items := []mediatype.Kind{mediatype.KindVideo, mediatype.KindImage, mediatype.KindVideo}
	album := message.Announcement(items, context).GetAlbumMessage()
	require.EqualValues(t, 1, album.GetExpectedImageCount())
	require.EqualValues(t, 2, album.GetExpectedVideoCount())
	require.True(t, proto.Equal(context, album.GetContextInfo()))
	require.NotSame(t, context, album.GetContextInfo())
}

func TestItemsOfAnAlbumKeepTheContextWithoutTheQuote(t *testing.T) {
	require.Nil(t, message.Unquoted(nil))
	context := &waE2E.ContextInfo{
		StanzaID: proto.String("ID"), Participant: proto.String("a@b"), QuotedMessage: new(waE2E.Message), Expiration: proto.Uint32(86400),
	}
	require.True(t, proto.Equal(&waE2E.ContextInfo{Expiration: proto.Uint32(86400)}, message.Unquoted(context)))
	require.Equal(t, "ID", context.GetStanzaID(), "the caller's is not changed")
}

func TestOnlyAnImageThatStaysGoesAsAPair(t *testing.T) {
	require.True(t, message.CanPair(person, mediatype.KindImage, false))
	require.True(t, message.CanPair(group, mediatype.KindImage, false))
	require.False(t, message.CanPair(person, mediatype.KindVideo, false))
	require.False(t, message.CanPair(person, mediatype.KindImage, true))
	for _, to := range []types.JID{channel, types.StatusBroadcastJID, bot} {
		require.False(t, message.CanPair(to, mediatype.KindImage, false), to)
	}
}

func TestPairNeedsAnImageThatIsLarger(t *testing.T) {
	require.True(t, message.Better(3200, 2400, 1600, 1200))
	require.True(t, message.Better(1600, 1201, 1600, 1200))
	require.False(t, message.Better(1600, 1200, 1600, 1200))
	require.False(t, message.Better(3200, 1000, 1600, 1200))
}

func TestHDChildBelongsToItsParent(t *testing.T) {
	parent := &waCommon.MessageKey{ID: proto.String("PARENT")}
	child := message.Media{DirectPath: "/v/hd"}.HDChild(parent)
	image := child.GetAssociatedChildMessage().GetMessage().GetImageMessage()
	require.Equal(t, "/v/hd", image.GetDirectPath())
	require.Equal(t, waE2E.ContextInfo_HD_IMAGE_CHILD, image.GetContextInfo().GetPairedMediaType())
	association := child.GetMessageContextInfo().GetMessageAssociation()
	require.Equal(t, waE2E.MessageAssociation_HD_IMAGE_DUAL_UPLOAD, association.GetAssociationType())
	require.Equal(t, "PARENT", association.GetParentMessageKey().GetID())
}

func TestForwardingCountsUpToFrequently(t *testing.T) {
	for name, c := range map[string]struct {
		context *waE2E.ContextInfo
		want    uint32
	}{
		"never forwarded":                     {nil, 1},
		"forwarded, without a score":          {&waE2E.ContextInfo{IsForwarded: proto.Bool(true)}, 2},
		"forwarded three times":               {&waE2E.ContextInfo{ForwardingScore: proto.Uint32(3)}, 4},
		"forwarded four times":                {&waE2E.ContextInfo{ForwardingScore: proto.Uint32(4)}, 127},
		"forwarded frequently":                {&waE2E.ContextInfo{ForwardingScore: proto.Uint32(127)}, 127},
		"a score that is about to wrap round": {&waE2E.ContextInfo{ForwardingScore: proto.Uint32(1<<32 - 1)}, 127},
	} {
		t.Run(name, func(t *testing.T) {
			forwarded, err := message.Forward(&waE2E.Message{ImageMessage: &waE2E.ImageMessage{ContextInfo: c.context}})
			require.NoError(t, err)
			require.Equal(t, c.want, forwarded.GetImageMessage().GetContextInfo().GetForwardingScore())
			require.True(t, forwarded.GetImageMessage().GetContextInfo().GetIsForwarded())
		})
	}
}

func TestLocateReadsWhatWhatsmeowReads(t *testing.T) {
	located, err := message.Locate(&waE2E.VideoMessage{
		DirectPath: proto.String("/v/media"), MediaKey: []byte("key"), FileSHA256: []byte("plain"), FileEncSHA256: []byte("enc"),
	})
	require.NoError(t, err)
	require.Equal(t, &message.Located{
		DirectPath: "/v/media", Key: []byte("key"), SHA256: []byte("plain"), EncSHA256: []byte("enc"), MediaType: whatsmeow.MediaVideo,
	}, located)

	_, err = message.Locate(new(waE2E.VideoMessage))
	require.ErrorIs(t, err, whatsmeow.ErrNoURLPresent)
	_, err = message.Locate(nil)
	require.ErrorIs(t, err, whatsmeow.ErrUnknownMediaType)
}
