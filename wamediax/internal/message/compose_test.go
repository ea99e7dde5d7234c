package message_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"google.golang.org/protobuf/proto"

	"github.com/wamediax/whatsmeow-ext/wamediax/internal/mediatype"
	"github.com/wamediax/whatsmeow-ext/wamediax/internal/message"
)

func TestOnlySomeKindsHaveACaptionOrCanBeViewedOnce(t *testing.T) {
	for kind, can := range map[mediatype.Kind]struct{ caption, viewOnce bool }{
		mediatype.KindImage:    {true, true},
		mediatype.KindVideo:    {true, true},
		mediatype.KindGIF:      {true, false},
		mediatype.KindPTV:      {false, false},
		mediatype.KindAudio:    {false, false},
		mediatype.KindPTT:      {false, true},
		mediatype.KindDocument: {true, false},
		mediatype.KindSticker:  {false, false},
	} {
		require.NoError(t, message.Details{}.Check(kind))
		for _, c := range []struct {
			message.Details
			can bool
		}{{message.Details{Caption: "Text"}, can.caption}, {message.Details{ViewOnce: true}, can.viewOnce}} {
			err := c.Check(kind)
			if c.can {
				require.NoError(t, err, "%s %+v", kind, c.Details)
			} else {
				require.ErrorIs(t, err, message.ErrDetails, "%s %+v", kind, c.Details)
			}
		}
	}
}

func TestEachKindIsComposedAsItsMessage(t *testing.T) {
	media := message.Media{DirectPath: "/v/media", MediaKeyTimestamp: time.Unix(1700000000, 0)}
	details := message.Details{Context: &waE2E.ContextInfo{StanzaID: proto.String("ID")}}
	for kind, part := range map[mediatype.Kind]func(*waE2E.Message) interface {
		GetDirectPath() string
		GetMediaKeyTimestamp() int64
		GetContextInfo() *waE2E.ContextInfo
	}{
		mediatype.KindImage:    func(m *waE2E.Message) composed { return m.GetImageMessage() },
		mediatype.KindVideo:    func(m *waE2E.Message) composed { return m.GetVideoMessage() },
		mediatype.KindGIF:      func(m *waE2E.Message) composed { return m.GetVideoMessage() },
		mediatype.KindPTV:      func(m *waE2E.Message) composed { return m.GetPtvMessage() },
		mediatype.KindAudio:    func(m *waE2E.Message) composed { return m.GetAudioMessage() },
		mediatype.KindPTT:      func(m *waE2E.Message) composed { return m.GetAudioMessage() },
		mediatype.KindDocument: func(m *waE2E.Message) composed { return m.GetDocumentMessage() },
		mediatype.KindSticker:  func(m *waE2E.Message) composed { return m.GetStickerMessage() },
	} {
		msg := media.Compose(kind, details)
		require.Equal(t, "/v/media", part(msg).GetDirectPath(), kind)
		require.EqualValues(t, 1700000000, part(msg).GetMediaKeyTimestamp(), kind)
		require.Equal(t, "ID", part(msg).GetContextInfo().GetStanzaID(), kind)
		require.NotSame(t, details.Context, part(msg).GetContextInfo(), "%s shares the caller's context", kind)
		require.Equal(t, kind == mediatype.KindGIF, msg.GetVideoMessage().GetGifPlayback(), kind)
		require.Equal(t, kind == mediatype.KindPTT, msg.GetAudioMessage().GetPTT(), kind)
	}
}

type composed = interface {
	GetDirectPath() string
	GetMediaKeyTimestamp() int64
	GetContextInfo() *waE2E.ContextInfo
}

func TestMessagesAreWrappedAsPhonesExpect(t *testing.T) {
	media := message.Media{DirectPath: "/v/media"}
	once := message.Details{ViewOnce: true}
	require.NotNil(t, media.Compose(mediatype.KindImage, once).GetViewOnceMessage().GetMessage().GetImageMessage())
	require.True(t, media.Compose(mediatype.KindVideo, once).GetViewOnceMessage().GetMessage().GetVideoMessage().GetViewOnce())
	require.NotNil(t, media.Compose(mediatype.KindPTT, once).GetViewOnceMessageV2Extension().GetMessage().GetAudioMessage())

	plain := media.Compose(mediatype.KindDocument, message.Details{FileName: "a.pdf"})
	require.Equal(t, "a.pdf", plain.GetDocumentMessage().GetFileName())
	captioned := media.Compose(mediatype.KindDocument, message.Details{FileName: "a.pdf", Caption: "Read this"})
	require.Nil(t, captioned.GetDocumentMessage())
	require.Equal(t, "Read this", captioned.GetDocumentWithCaptionMessage().GetMessage().GetDocumentMessage().GetCaption())
}

func TestMIMETypeOfAMessageSuitsItsKind(t *testing.T) {
	text := message.Media{Mimetype: "text/plain"}
	require.Equal(t, "image/jpeg", text.Image().GetMimetype())
	require.Equal(t, "video/mp4", text.Video().GetMimetype())
	require.Equal(t, opus, text.Audio().GetMimetype())
	require.Equal(t, "image/webp", text.Sticker().GetMimetype())
	require.Equal(t, "text/plain", text.Document().GetMimetype())
	require.Equal(t, "application/octet-stream", message.Media{}.Document().GetMimetype())

	previewed := message.Media{Mimetype: "audio/ogg", Look: message.Look{Mimetype: opus}}
	require.Equal(t, opus, previewed.Audio().GetMimetype(), "the preview knows better than the first bytes")
}
