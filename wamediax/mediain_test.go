package wamediax_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"github.com/wamediax/whatsmeow-ext/wamediax"
)

// notMedia lists where MediaIn does not look, and why: fields and message types by their full names
// without the package.
var notMedia = map[string]string{
	"ContextInfo":             "quotes are messages of their own",
	"MessageContextInfo":      "data about bots, not content",
	"InteractiveAnnotation":   "a link drawn on a status",
	"HistorySyncNotification": "not for people; whatsmeow downloads it",
	"MessageHistoryBundle":    "not for people, and whatsmeow knows no media type for it",
	"TemplateButton":          "the text on a button",
	"PaymentBackground":       "decoration, and whatsmeow knows no media type for it",
	"ChatThemeSetting":        "a wallpaper, and whatsmeow knows no media type for it",
	"ProtocolMessage.peerDataOperationRequestResponseMessage": "an answer of the own phone",
	"ProtocolMessage.aiQueryFanout":                           "a copy of a message that was sent to a bot",
}

// route is how to get from a message to media or to a message within it: field by field.
type route []protoreflect.FieldDescriptor

func (r route) String() string {
	var names []string
	for _, field := range r {
		names = append(names, string(field.Name()))
	}
	return strings.Join(names, ".")
}

// set creates the messages along the route in msg and returns the last one.
func (r route) set(msg protoreflect.Message) protoreflect.Message {
	for _, field := range r {
		if field.IsList() {
			msg = msg.Mutable(field).List().AppendMutable().Message()
		} else {
			msg = msg.Mutable(field).Message()
		}
	}
	return msg
}

// routes walks all that whatsmeow's messages can contain, and returns the routes to downloadable
// media and to messages within messages. It adds what it skips to skipped.
func routes(t *testing.T, skipped map[string]bool) (media, messages []route) {
	const root = protoreflect.FullName("WAWebProtobufsE2E.Message")
	var walk func(protoreflect.MessageDescriptor, route)
	walk = func(in protoreflect.MessageDescriptor, to route) {
		for i := range in.Fields().Len() {
			field := in.Fields().Get(i)
			if field.Message() == nil || field.IsMap() {
				require.False(t, field.IsMap() && field.MapValue().Message() != nil, "%s: this test walks no maps", field.FullName())
				continue
			}
			skip := false
			for _, name := range []protoreflect.FullName{field.FullName(), field.Message().FullName()} {
				_, short, _ := strings.Cut(string(name), ".")
				if _, listed := notMedia[short]; listed {
					skip, skipped[short] = true, true
				}
			}
			if skip {
				continue
			}
			next := append(slices.Clone(to), field)
			if field.Message().FullName() == root {
				messages = append(messages, next)
				continue
			}
			kind, err := protoregistry.GlobalTypes.FindMessageByName(field.Message().FullName())
			require.NoError(t, err)
			if _, downloadable := kind.New().Interface().(whatsmeow.DownloadableMessage); downloadable {
				media = append(media, next)
			}
			// A type comes twice on a route at most: cards in a carousel, templates in templates.
			times := 0
			for _, before := range to {
				if before.Message() == field.Message() {
					times++
				}
			}
			if times < 2 {
				walk(field.Message(), next)
			}
		}
	}
	walk((*waE2E.Message)(nil).ProtoReflect().Descriptor(), nil)
	return media, messages
}

func TestEveryPlaceForMediaThatWhatsmeowKnowsIsLookedAt(t *testing.T) {
	skipped := make(map[string]bool)
	media, messages := routes(t, skipped)
	require.Greater(t, len(media), 30)
	require.Greater(t, len(messages), 30)
	require.ElementsMatch(t, slices.Collect(maps.Keys(notMedia)), slices.Collect(maps.Keys(skipped)), "notMedia has a name that does not exist")

	for _, to := range media {
		t.Run("media in "+to.String(), func(t *testing.T) {
			msg := new(waE2E.Message)
			want := to.set(msg.ProtoReflect()).Interface()
			require.NotEmpty(t, whatsmeow.GetMediaType(want.(whatsmeow.DownloadableMessage)))
			require.Same(t, want, wamediax.MediaIn(msg),
				"whatsmeow has a new place for media: look there in internal/message/find.go, or say in notMedia why not")
		})
	}
	for _, to := range messages {
		t.Run("a message in "+to.String(), func(t *testing.T) {
			msg := new(waE2E.Message)
			inner := to.set(msg.ProtoReflect()).Interface().(*waE2E.Message)
			require.Nil(t, wamediax.MediaIn(msg))
			inner.AudioMessage = new(waE2E.AudioMessage)
			require.Same(t, inner.AudioMessage, wamediax.MediaIn(msg),
				"whatsmeow has a new message within a message: look there in internal/message/find.go, or say in notMedia why not")
		})
	}
}

func TestMessagesWithoutMediaHaveNone(t *testing.T) {
	picture := &waE2E.Message{ImageMessage: new(waE2E.ImageMessage)}
	for name, msg := range map[string]*waE2E.Message{
		"no message":         nil,
		"an empty message":   {},
		"text":               {Conversation: proto.String("words")},
		"an empty container": {EphemeralMessage: &waE2E.FutureProofMessage{}},
		"an album, whose media are messages of their own": {AlbumMessage: &waE2E.AlbumMessage{ExpectedImageCount: proto.Uint32(2)}},
		"a reply to a picture": {ExtendedTextMessage: &waE2E.ExtendedTextMessage{
			ThumbnailDirectPath: proto.String("/of-a-link"), ContextInfo: &waE2E.ContextInfo{QuotedMessage: picture}}},
		"headers whose media is a nil pointer": {
			ButtonsMessage: &waE2E.ButtonsMessage{Header: &waE2E.ButtonsMessage_ImageMessage{}},
			InteractiveMessage: &waE2E.InteractiveMessage{
				Header: &waE2E.InteractiveMessage_Header{Media: &waE2E.InteractiveMessage_Header_VideoMessage{}},
				Footer: &waE2E.InteractiveMessage_Footer{Media: &waE2E.InteractiveMessage_Footer_AudioMessage{}},
			},
			TemplateMessage: &waE2E.TemplateMessage{Format: &waE2E.TemplateMessage_InteractiveMessageTemplate{}},
		},
		"a carousel of nil cards": {InteractiveMessage: &waE2E.InteractiveMessage{
			InteractiveMessage: &waE2E.InteractiveMessage_CarouselMessage_{
				CarouselMessage: &waE2E.InteractiveMessage_CarouselMessage{Cards: []*waE2E.InteractiveMessage{nil, {}}}}}},
	} {
		t.Run(name, func(t *testing.T) {
			// Not require.Nil: that takes a nil pointer in an interface for nil.
			require.True(t, wamediax.MediaIn(msg) == nil)
		})
	}
}

func TestTheFirstOfSeveralMediaIsTaken(t *testing.T) {
	own, header, first, second := new(waE2E.StickerMessage), new(waE2E.ImageMessage), new(waE2E.VideoMessage), new(waE2E.VideoMessage)
	card := func(video *waE2E.VideoMessage) *waE2E.InteractiveMessage {
		return &waE2E.InteractiveMessage{Header: &waE2E.InteractiveMessage_Header{
			Media: &waE2E.InteractiveMessage_Header_VideoMessage{VideoMessage: video}}}
	}
	msg := &waE2E.Message{
		StickerMessage: own,
		ViewOnceMessage: &waE2E.FutureProofMessage{Message: &waE2E.Message{
			InteractiveMessage: &waE2E.InteractiveMessage{
				Header: &waE2E.InteractiveMessage_Header{Media: &waE2E.InteractiveMessage_Header_ImageMessage{ImageMessage: header}},
				InteractiveMessage: &waE2E.InteractiveMessage_CarouselMessage_{CarouselMessage: &waE2E.InteractiveMessage_CarouselMessage{
					Cards: []*waE2E.InteractiveMessage{{}, card(first), card(second)}}},
			},
		}},
	}
	require.Same(t, own, wamediax.MediaIn(msg))
	msg.StickerMessage = nil
	require.Same(t, header, wamediax.MediaIn(msg))
	msg.ViewOnceMessage.Message.InteractiveMessage.Header = nil
	require.Same(t, first, wamediax.MediaIn(msg))
}

func TestDeeplyNestedMessagesAreNotOpenedForEver(t *testing.T) {
	wrap := func(times int) *waE2E.Message {
		msg := &waE2E.Message{ImageMessage: new(waE2E.ImageMessage)}
		for range times {
			msg = &waE2E.Message{EphemeralMessage: &waE2E.FutureProofMessage{Message: msg}}
		}
		return msg
	}
	require.NotNil(t, wamediax.MediaIn(wrap(15)))
	require.Nil(t, wamediax.MediaIn(wrap(16)))
	require.Nil(t, wamediax.MediaIn(wrap(100_000)))

	card := &waE2E.InteractiveMessage{Header: &waE2E.InteractiveMessage_Header{
		Media: &waE2E.InteractiveMessage_Header_ImageMessage{ImageMessage: new(waE2E.ImageMessage)}}}
	for range 16 {
		card = &waE2E.InteractiveMessage{InteractiveMessage: &waE2E.InteractiveMessage_CarouselMessage_{
			CarouselMessage: &waE2E.InteractiveMessage_CarouselMessage{Cards: []*waE2E.InteractiveMessage{card}}}}
	}
	require.Nil(t, wamediax.MediaIn(&waE2E.Message{InteractiveMessage: card}))

	template := &waE2E.TemplateMessage{HydratedTemplate: &waE2E.TemplateMessage_HydratedFourRowTemplate{
		Title: &waE2E.TemplateMessage_HydratedFourRowTemplate_ImageMessage{ImageMessage: new(waE2E.ImageMessage)}}}
	for range 16 {
		template = &waE2E.TemplateMessage{Format: &waE2E.TemplateMessage_FourRowTemplate_{FourRowTemplate: &waE2E.TemplateMessage_FourRowTemplate{
			Content: &waE2E.HighlyStructuredMessage{HydratedHsm: template}}}}
	}
	require.Nil(t, wamediax.MediaIn(&waE2E.Message{TemplateMessage: template}))
}

func TestViewOnceVideoInADisappearingMessageIsDownloaded(t *testing.T) {
	s := newService(t)
	data := content(200 * kibi)
	video := s.posted(t, data)
	video.ViewOnce = proto.Bool(true)
	msg := &waE2E.Message{EphemeralMessage: &waE2E.FutureProofMessage{Message: &waE2E.Message{
		ViewOnceMessageV2: &waE2E.FutureProofMessage{Message: &waE2E.Message{VideoMessage: video}}}}}
	got, _, err := s.client.DownloadBytes(t.Context(), wamediax.MediaIn(msg))
	require.NoError(t, err)
	require.Equal(t, data, got)
}
