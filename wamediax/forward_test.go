package wamediax_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"
	"google.golang.org/protobuf/proto"

	"github.com/wamediax/whatsmeow-ext/wamediax"
	"github.com/wamediax/whatsmeow-ext/wamediax/fetch"
	"github.com/wamediax/whatsmeow-ext/wamediax/preview"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

// forwarding is what a message that forwards says of that.
func forwarding(msg *waE2E.Message) *waE2E.ContextInfo {
	media, _ := wamediax.MediaIn(msg).(interface{ GetContextInfo() *waE2E.ContextInfo })
	return media.GetContextInfo()
}

func TestMediaOfEveryKindIsForwardedWithoutAByte(t *testing.T) {
	c := newCorrespondents(t, wamediax.WithPreviewer(preview.New()))
	for name, test := range map[string]struct {
		file string
		opts []wamediax.SendOption
		is   func(*waE2E.Message) bool
	}{
		"an image":                  {"exif1.jpg", []wamediax.SendOption{wamediax.WithCaption("kept")}, func(m *waE2E.Message) bool { return m.GetImageMessage().GetCaption() == "kept" }},
		"a video":                   {"movie.mp4", nil, func(m *waE2E.Message) bool { return m.GetVideoMessage().GetSeconds() > 0 }},
		"a GIF":                     {"silent.mp4", []wamediax.SendOption{wamediax.AsGIF()}, func(m *waE2E.Message) bool { return m.GetVideoMessage().GetGifPlayback() }},
		"a round video":             {"movie.mp4", []wamediax.SendOption{wamediax.AsRoundVideo()}, func(m *waE2E.Message) bool { return m.GetPtvMessage() != nil }},
		"a voice message":           {"silk.opus", nil, func(m *waE2E.Message) bool { return m.GetAudioMessage().GetPTT() }},
		"a document":                {"plain.pdf", nil, func(m *waE2E.Message) bool { return m.GetDocumentMessage().GetFileName() == "plain.pdf" }},
		"a document with a caption": {"plain.pdf", []wamediax.SendOption{wamediax.WithCaption("kept")}, func(m *waE2E.Message) bool { return m.GetDocumentMessage().GetCaption() == "kept" }},
		"a sticker":                 {"picture.webp", []wamediax.SendOption{wamediax.AsSticker()}, func(m *waE2E.Message) bool { return m.GetStickerMessage() != nil }},
	} {
		t.Run(name, func(t *testing.T) {
			file, data := testFile(t, test.file)
			_, err := c.client.SendMedia(t.Context(), c.person, file, append(test.opts,
				wamediax.WithContextInfo(&waE2E.ContextInfo{StanzaID: proto.String("3EB0AA"), MentionedJID: []string{"1@s.whatsapp.net"}, Expiration: proto.Uint32(9)}))...)
			require.NoError(t, err)
			got := c.next(t)
			received := c.Received()
			downloads := len(c.Requests())

			_, err = c.client.ForwardMedia(t.Context(), c.group, &got.Info, got.RawMessage,
				wamediax.WithContextInfo(&waE2E.ContextInfo{Expiration: proto.Uint32(60)}))
			require.NoError(t, err)
			require.Equal(t, received, c.Received(), "nothing was uploaded")
			for _, request := range c.Requests()[downloads:] {
				require.Equal(t, "HEAD", request.Method)
			}
			forwarded := c.next(t)
			require.True(t, test.is(forwarded.Message))
			info := forwarding(forwarded.Message)
			require.True(t, info.GetIsForwarded())
			require.EqualValues(t, 1, info.GetForwardingScore())
			require.EqualValues(t, 60, info.GetExpiration())
			require.Nil(t, info.StanzaID)
			require.Empty(t, info.MentionedJID)
			c.requireOpens(t, forwarded.Message, data)
		})
	}
}

func TestWhatWasForwardedOftenSaysSo(t *testing.T) {
	for score, want := range map[uint32]uint32{0: 1, 1: 2, 3: 4, 4: 127, 126: 127, 127: 127} {
		forwarded, err := wamediax.Forward(&waE2E.Message{ImageMessage: &waE2E.ImageMessage{ContextInfo: &waE2E.ContextInfo{ForwardingScore: &score}}})
		require.NoError(t, err)
		require.Equal(t, want, forwarding(forwarded).GetForwardingScore(), score)
	}
	forwarded, err := wamediax.Forward(&waE2E.Message{ImageMessage: &waE2E.ImageMessage{ContextInfo: &waE2E.ContextInfo{IsForwarded: proto.Bool(true)}}})
	require.NoError(t, err)
	require.EqualValues(t, 2, forwarding(forwarded).GetForwardingScore(), "without a score it was forwarded once")
}

func TestForwardLeavesTheMessageAsItIsWhateverWrapsIt(t *testing.T) {
	image := &waE2E.Message{ImageMessage: &waE2E.ImageMessage{Caption: proto.String("x"), MediaKey: []byte{1}}}
	wrapped := func(msg *waE2E.Message) *waE2E.FutureProofMessage { return &waE2E.FutureProofMessage{Message: msg} }
	for name, msg := range map[string]*waE2E.Message{
		"nothing":                image,
		"a disappearing message": {EphemeralMessage: wrapped(image)},
		"another device's":       {DeviceSentMessage: &waE2E.DeviceSentMessage{Message: image}},
		"an HD copy":             {AssociatedChildMessage: wrapped(image)},
		"an edited message":      {EditedMessage: wrapped(&waE2E.Message{ProtocolMessage: &waE2E.ProtocolMessage{EditedMessage: image}})},
	} {
		before := proto.CloneOf(msg)
		forwarded, err := wamediax.Forward(msg)
		require.NoError(t, err, name)
		require.Equal(t, "x", forwarded.GetImageMessage().GetCaption(), name)
		forwarded.ImageMessage.MediaKey[0] = 2
		require.True(t, proto.Equal(before, msg), name)
	}
	lottie, err := wamediax.Forward(&waE2E.Message{LottieStickerMessage: wrapped(&waE2E.Message{StickerMessage: &waE2E.StickerMessage{IsLottie: proto.Bool(true)}})})
	require.NoError(t, err)
	require.NotNil(t, lottie.GetLottieStickerMessage().GetMessage().GetStickerMessage())
}

func TestWhatCannotBeForwarded(t *testing.T) {
	once := &waE2E.Message{ImageMessage: &waE2E.ImageMessage{}}
	for name, test := range map[string]struct {
		msg *waE2E.Message
		is  error
	}{
		"nil":                          {nil, wamediax.ErrNoMedia},
		"a text":                       {&waE2E.Message{Conversation: proto.String("x")}, wamediax.ErrNoMedia},
		"to be viewed once":            {&waE2E.Message{ViewOnceMessage: &waE2E.FutureProofMessage{Message: once}}, wamediax.ErrViewOnce},
		"to be viewed once, V2":        {&waE2E.Message{EphemeralMessage: &waE2E.FutureProofMessage{Message: &waE2E.Message{ViewOnceMessageV2: &waE2E.FutureProofMessage{Message: once}}}}, wamediax.ErrViewOnce},
		"to be heard once":             {&waE2E.Message{ViewOnceMessageV2Extension: &waE2E.FutureProofMessage{Message: &waE2E.Message{AudioMessage: &waE2E.AudioMessage{}}}}, wamediax.ErrViewOnce},
		"to be viewed once, unwrapped": {&waE2E.Message{VideoMessage: &waE2E.VideoMessage{ViewOnce: proto.Bool(true)}}, wamediax.ErrViewOnce},
	} {
		_, err := wamediax.Forward(test.msg)
		require.ErrorIs(t, err, test.is, name)
	}
}

func TestForwardedMediaThatHasExpiredComesBackFromThePhone(t *testing.T) {
	c := newCorrespondents(t)
	data := content(100 * kibi)
	msg := c.posted(t, data)
	id := types.MessageID("3EB0AA")
	c.Forget(msg.GetDirectPath(), 410)
	c.phoneHas(t, data, id, msg)
	_, err := c.client.ForwardMedia(t.Context(), c.person, nil, &waE2E.Message{VideoMessage: msg})
	require.ErrorIs(t, err, fetch.ErrExpired, "nobody knows which message it was in")

	_, err = c.client.ForwardMedia(t.Context(), c.person, info(id), &waE2E.Message{VideoMessage: msg})
	require.NoError(t, err)
	got := c.next(t)
	require.NotEqual(t, msg.GetDirectPath(), got.Message.GetVideoMessage().GetDirectPath())
	c.requireOpens(t, got.Message, data)
}

func TestForwardedMediaThatThePhoneLacksIsGone(t *testing.T) {
	c := newCorrespondents(t)
	msg := c.posted(t, content(1000))
	c.Forget(msg.GetDirectPath(), 404)
	c.SetPhone(wamediaxtest.PhoneWith(nil))
	_, err := c.client.ForwardMedia(t.Context(), c.person, info("3EB0AA"), &waE2E.Message{VideoMessage: msg})
	require.ErrorIs(t, err, wamediax.ErrGone)
	require.ErrorIs(t, err, fetch.ErrExpired)
}

func TestMediaIsNotForwardedIntoOrOutOfAChannel(t *testing.T) {
	c := newCorrespondents(t)
	file, _ := testFile(t, "exif1.jpg")
	_, err := c.client.SendMedia(t.Context(), c.newsletter, file)
	require.NoError(t, err)
	got := c.next(t)
	_, err = c.client.ForwardMedia(t.Context(), c.person, &got.Info, got.Message)
	require.ErrorContains(t, err, "download it and use SendMedia")
	_, err = c.client.ForwardMedia(t.Context(), c.newsletter, nil, &waE2E.Message{VideoMessage: c.posted(t, content(10))})
	require.ErrorContains(t, err, "download it and use SendMedia")
}

func TestAForwardedMessageThatIsNotSentIsNotLost(t *testing.T) {
	c := newCorrespondents(t)
	nobody := types.NewJID("15559999999", types.DefaultUserServer)
	_, err := c.client.ForwardMedia(t.Context(), nobody, nil, &waE2E.Message{VideoMessage: c.posted(t, content(10))},
		wamediax.WithSendRequest(whatsmeow.SendRequestExtra{ID: "3EB0MINE"}))
	var failed *wamediax.SendError
	require.ErrorAs(t, err, &failed)
	require.EqualValues(t, "3EB0MINE", failed.Extra.ID)
	require.ErrorContains(t, err, "failed to send the message: ", "nothing was uploaded for it")
	_, err = c.client.SendMessage(t.Context(), c.person, failed.Message, failed.Extra)
	require.NoError(t, err)
	require.EqualValues(t, "3EB0MINE", c.next(t).Info.ID)
}
