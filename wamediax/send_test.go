package wamediax_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"image"
	_ "image/jpeg"
	"io"
	"os"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"
	"google.golang.org/protobuf/proto"

	"github.com/wamediax/whatsmeow-ext/wamediax"
	"github.com/wamediax/whatsmeow-ext/wamediax/preview"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

// correspondents are a service's client and the plain client of somebody else, in a chat, a group
// and a newsletter.
type correspondents struct {
	*service
	other                     *whatsmeow.Client
	person, group, newsletter types.JID
	arrived                   chan *events.Message // at the other, in order
}

func newCorrespondents(t testing.TB, opts ...wamediax.Option) *correspondents {
	t.Helper()
	s := newService(t, opts...)
	c := &correspondents{service: s, other: s.receiver(t), arrived: make(chan *events.Message, 100)}
	c.other.AddEventHandler(func(evt any) {
		if msg, ok := evt.(*events.Message); ok && !isSenderKey(msg.Message) {
			c.arrived <- msg
		}
	})
	var err error
	own := s.client.Store.GetJID().ToNonAD()
	c.person = c.other.Store.GetJID().ToNonAD()
	c.group, err = s.NewGroup(own, c.person)
	require.NoError(t, err)
	c.newsletter, err = s.NewNewsletter(own, c.person)
	require.NoError(t, err)
	return c
}

// isSenderKey reports whether a message of a group only has its sender's key.
func isSenderKey(msg *waE2E.Message) bool {
	rest := proto.CloneOf(msg)
	rest.SenderKeyDistributionMessage, rest.MessageContextInfo = nil, nil
	return msg.GetSenderKeyDistributionMessage() != nil && proto.Size(rest) == 0
}

// next is the next message that arrives at the other.
func (c *correspondents) next(t testing.TB) *events.Message {
	t.Helper()
	select {
	case msg := <-c.arrived:
		return msg
	case <-t.Context().Done():
		t.Fatal("nothing arrives")
		return nil
	}
}

// requireOpens checks that a plain client gets data out of the media of a message.
func (c *correspondents) requireOpens(t testing.TB, msg *waE2E.Message, data []byte) {
	t.Helper()
	got, err := c.other.Download(t.Context(), wamediax.MediaIn(msg))
	require.NoError(t, err)
	require.True(t, bytes.Equal(data, got), "the media is another one")
}

func testFile(t testing.TB, name string) (*os.File, []byte) {
	t.Helper()
	path := "preview/testdata/" + name
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	file, err := os.Open(path)
	require.NoError(t, err)
	t.Cleanup(func() { file.Close() })
	return file, data
}

func requireThumbnail(t testing.TB, data []byte, edge int) {
	t.Helper()
	conf, format, err := image.DecodeConfig(bytes.NewReader(data))
	require.NoError(t, err)
	require.Equal(t, "jpeg", format)
	require.LessOrEqual(t, max(conf.Width, conf.Height), edge)
}

func TestSendMediaOfEachKindArrivesWithEveryFieldAndOpens(t *testing.T) {
	c := newCorrespondents(t, wamediax.WithPreviewer(preview.New()))
	for name, test := range map[string]struct {
		file  string
		opts  []wamediax.SendOption
		check func(t *testing.T, msg *waE2E.Message)
	}{
		"an image": {"exif6.jpg", []wamediax.SendOption{wamediax.WithCaption("upright")}, func(t *testing.T, msg *waE2E.Message) {
			require.Equal(t, "upright", msg.GetImageMessage().GetCaption())
			require.Equal(t, "image/jpeg", msg.GetImageMessage().GetMimetype())
			require.Positive(t, msg.GetImageMessage().GetWidth())
			require.Positive(t, msg.GetImageMessage().GetHeight())
			requireThumbnail(t, msg.GetImageMessage().GetJPEGThumbnail(), 100)
		}},
		"a video": {"movie.mp4", []wamediax.SendOption{wamediax.WithCaption("moving")}, func(t *testing.T, msg *waE2E.Message) {
			require.Equal(t, "moving", msg.GetVideoMessage().GetCaption())
			require.Equal(t, "video/mp4", msg.GetVideoMessage().GetMimetype())
			require.Positive(t, msg.GetVideoMessage().GetWidth())
			require.Positive(t, msg.GetVideoMessage().GetHeight())
			require.Positive(t, msg.GetVideoMessage().GetSeconds())
			require.False(t, msg.GetVideoMessage().GetGifPlayback())
		}},
		"a GIF": {"silent.mp4", []wamediax.SendOption{wamediax.AsGIF()}, func(t *testing.T, msg *waE2E.Message) {
			require.True(t, msg.GetVideoMessage().GetGifPlayback())
			require.Positive(t, msg.GetVideoMessage().GetSeconds())
		}},
		"a round video": {"movie.mp4", []wamediax.SendOption{wamediax.AsRoundVideo()}, func(t *testing.T, msg *waE2E.Message) {
			require.Positive(t, msg.GetPtvMessage().GetSeconds())
			require.Positive(t, msg.GetPtvMessage().GetWidth())
			require.Nil(t, msg.GetVideoMessage())
		}},
		"a voice message":                       {"silk.opus", []wamediax.SendOption{wamediax.AsVoice()}, requireVoice},
		"a voice message, which the content is": {"silk.opus", nil, requireVoice},
		"a voice message as audio": {"silk.opus", []wamediax.SendOption{wamediax.AsAudio()}, func(t *testing.T, msg *waE2E.Message) {
			require.False(t, msg.GetAudioMessage().GetPTT())
			require.Positive(t, msg.GetAudioMessage().GetSeconds())
		}},
		"audio": {"plain.mp3", nil, func(t *testing.T, msg *waE2E.Message) {
			require.Equal(t, "audio/mpeg", msg.GetAudioMessage().GetMimetype())
			require.False(t, msg.GetAudioMessage().GetPTT())
			require.Positive(t, msg.GetAudioMessage().GetSeconds())
			require.Len(t, msg.GetAudioMessage().GetWaveform(), 64)
		}},
		"audio that only a previewer tells from a video": {"cover.m4a", nil, func(t *testing.T, msg *waE2E.Message) {
			require.Equal(t, "audio/mp4", msg.GetAudioMessage().GetMimetype())
			require.Positive(t, msg.GetAudioMessage().GetSeconds())
		}},
		"a document": {"plain.pdf", nil, func(t *testing.T, msg *waE2E.Message) {
			require.Equal(t, "application/pdf", msg.GetDocumentMessage().GetMimetype())
			require.Equal(t, "plain.pdf", msg.GetDocumentMessage().GetFileName())
			require.Equal(t, "plain.pdf", msg.GetDocumentMessage().GetTitle())
			require.Positive(t, msg.GetDocumentMessage().GetPageCount())
		}},
		"a document with a caption": {"picture.png", []wamediax.SendOption{
			wamediax.AsDocument(), wamediax.WithFileName("as it is.png"), wamediax.WithCaption("all of it"),
		}, func(t *testing.T, msg *waE2E.Message) {
			document := msg.GetDocumentWithCaptionMessage().GetMessage().GetDocumentMessage()
			if document == nil { // whatsmeow has unwrapped it
				document = msg.GetDocumentMessage()
			}
			require.Equal(t, "all of it", document.GetCaption())
			require.Equal(t, "as it is.png", document.GetFileName())
			require.Equal(t, "image/png", document.GetMimetype())
			requireThumbnail(t, document.GetJPEGThumbnail(), 100)
		}},
		"a sticker": {"picture.webp", []wamediax.SendOption{wamediax.AsSticker()}, func(t *testing.T, msg *waE2E.Message) {
			require.Equal(t, "image/webp", msg.GetStickerMessage().GetMimetype())
			require.Positive(t, msg.GetStickerMessage().GetWidth())
			require.Positive(t, msg.GetStickerMessage().GetHeight())
		}},
	} {
		for place, to := range map[string]types.JID{"a person": c.person, "a group": c.group, "a channel": c.newsletter} {
			t.Run(name+" to "+place, func(t *testing.T) {
				file, data := testFile(t, test.file)
				sent, err := c.client.SendMedia(t.Context(), to, file, test.opts...)
				require.NoError(t, err)
				got := c.next(t)
				require.Equal(t, sent.ID, got.Info.ID)
				test.check(t, got.Message)
				c.requireOpens(t, got.Message, data)
				if to == c.newsletter {
					require.Nil(t, wamediax.MediaIn(got.Message).GetMediaKey(), "nothing in a channel has a key")
					require.Zero(t, sent.Uploaded.MediaKeyTimestamp)
				} else {
					require.Equal(t, to == c.group, got.Info.IsGroup)
					require.Len(t, wamediax.MediaIn(got.Message).GetMediaKey(), 32)
				}
			})
		}
	}
}

func requireVoice(t *testing.T, msg *waE2E.Message) {
	require.True(t, msg.GetAudioMessage().GetPTT())
	require.Equal(t, "audio/ogg; codecs=opus", msg.GetAudioMessage().GetMimetype())
	require.Positive(t, msg.GetAudioMessage().GetSeconds())
	require.Len(t, msg.GetAudioMessage().GetWaveform(), 64)
}

func TestSendMediaToTheStatus(t *testing.T) {
	c := newCorrespondents(t, wamediax.WithPreviewer(preview.New()))
	require.NoError(t, c.SetStatusAudience(c.client.Store.GetJID(), c.person))
	file, data := testFile(t, "exif1.jpg")
	_, err := c.client.SendMedia(t.Context(), types.StatusBroadcastJID, file, wamediax.WithHD())
	require.NoError(t, err)
	got := c.next(t)
	require.Equal(t, types.StatusBroadcastJID, got.Info.Chat)
	requireThumbnail(t, got.Message.GetImageMessage().GetJPEGThumbnail(), 100)
	c.requireOpens(t, got.Message, data)
}

func TestALargerThumbnailIsUploadedUnderTheMessagesKey(t *testing.T) {
	c := newCorrespondents(t, wamediax.WithPreviewer(preview.New()))
	picture := pngOf(t, 1200, 600)
	for name, test := range map[string]struct {
		src  io.Reader
		opts []wamediax.SendOption
		keys whatsmeow.MediaType
		path string
	}{
		"of a document": {stream(picture), []wamediax.SendOption{wamediax.AsDocument()}, "WhatsApp Document Thumbnail Keys", "thumbnail-document"},
		"of a video":    {stream(withCover(t, "movie.mp4", picture)), nil, "WhatsApp Video Thumbnail Keys", "thumbnail-video"},
	} {
		t.Run(name, func(t *testing.T) {
			sent, err := c.client.SendMedia(t.Context(), c.person, test.src, test.opts...)
			require.NoError(t, err)
			got := thumbnailOf(c.next(t).Message)
			require.Equal(t, sent.Uploaded.MediaKey, got.GetMediaKey())
			require.NotEmpty(t, got.GetThumbnailDirectPath())
			uploaded := c.Requests()
			require.Contains(t, uploaded[len(uploaded)-1].Path, "/mms/"+test.path+"/")

			thumbnail, err := c.other.DownloadMediaWithPath(t.Context(), got.GetThumbnailDirectPath(), got.GetThumbnailEncSHA256(),
				got.GetThumbnailSHA256(), got.GetMediaKey(), test.keys, test.path, false)
			require.NoError(t, err)
			conf, format, err := image.DecodeConfig(bytes.NewReader(thumbnail))
			require.NoError(t, err)
			require.Equal(t, "jpeg", format)
			require.Equal(t, []int{480, 240}, []int{conf.Width, conf.Height})
			if document, ok := got.(*waE2E.DocumentMessage); ok { // videos have no fields for them
				require.Equal(t, "document.png", document.GetFileName())
				require.EqualValues(t, 480, document.GetThumbnailWidth())
				require.EqualValues(t, 240, document.GetThumbnailHeight())
			}
		})
	}
}

func thumbnailOf(msg *waE2E.Message) whatsmeow.DownloadableThumbnail {
	if document := msg.GetDocumentMessage(); document != nil {
		return document
	}
	return msg.GetVideoMessage()
}

// withCover is a test file whose last box is its moov box, to which it adds cover art.
func withCover(t *testing.T, name string, picture []byte) []byte {
	t.Helper()
	box := func(kind string, content ...[]byte) []byte {
		data := bytes.Join(content, nil)
		return append(append(binary.BigEndian.AppendUint32(nil, uint32(8+len(data))), kind...), data...)
	}
	const png = 14 // a well-known type of QuickTime's metadata
	cover := box("covr", box("data", []byte{0, 0, 0, png, 0, 0, 0, 0}, picture))
	cover = box("udta", box("meta", make([]byte, 4), box("ilst", cover)))

	_, file := testFile(t, name)
	at := bytes.LastIndex(file, []byte("moov")) - 4
	require.Equal(t, len(file)-at, int(binary.BigEndian.Uint32(file[at:])), "the moov box is not the last")
	return slices.Concat(file[:at], box("moov", file[at+8:], cover))
}

func TestAKindThatTheContentContradictsIsAnErrorBeforeAnythingIsSent(t *testing.T) {
	c := newCorrespondents(t, wamediax.WithPreviewer(preview.New()))
	before := len(c.Requests())
	for name, test := range map[string]struct {
		file string
		opts []wamediax.SendOption
		is   error
		says string
	}{
		"MP3 as a voice message":             {"plain.mp3", []wamediax.SendOption{wamediax.AsVoice()}, wamediax.ErrKind, "convert it with package preview/voice, or send it as audio"},
		"a stereo voice message":             {"stereo.opus", []wamediax.SendOption{wamediax.AsVoice()}, wamediax.ErrKind, "file has 2 channels"},
		"JPEG as a sticker":                  {"exif1.jpg", []wamediax.SendOption{wamediax.AsSticker()}, wamediax.ErrKind, "do not show image/jpeg"},
		"a GIF file as a GIF":                {"picture.gif", []wamediax.SendOption{wamediax.AsGIF()}, wamediax.ErrKind, "convert it to MP4"},
		"PDF as an image":                    {"plain.pdf", []wamediax.SendOption{wamediax.AsImage()}, wamediax.ErrKind, "do not show application/pdf"},
		"WebM as a video":                    {"movie.webm", []wamediax.SendOption{wamediax.AsVideo()}, wamediax.ErrKind, "convert it to MP4"},
		"WAV as audio":                       {"s16.wav", []wamediax.SendOption{wamediax.AsAudio()}, wamediax.ErrKind, "convert it to AAC"},
		"JPEG as a round video":              {"exif1.jpg", []wamediax.SendOption{wamediax.AsRoundVideo()}, wamediax.ErrKind, "as a round video"},
		"a kind that there is not":           {"exif1.jpg", []wamediax.SendOption{wamediax.As("picture")}, wamediax.ErrKind, `unknown kind "picture"`},
		"a sticker pack":                     {"exif1.jpg", []wamediax.SendOption{wamediax.As(wamediax.KindStickerPack)}, wamediax.ErrKind, "package stickerpack"},
		"a caption for a voice message":      {"silk.opus", []wamediax.SendOption{wamediax.AsVoice(), wamediax.WithCaption("x")}, wamediax.ErrDetails, "a voice message has no caption"},
		"a document to be viewed once":       {"plain.pdf", []wamediax.SendOption{wamediax.WithViewOnce()}, wamediax.ErrDetails, "a document cannot be view-once"},
		"an upload for channels to a person": {"exif1.jpg", []wamediax.SendOption{wamediax.ForNewsletter()}, nil, "is not a channel"},
	} {
		t.Run(name, func(t *testing.T) {
			file, _ := testFile(t, test.file)
			_, err := c.client.SendMedia(t.Context(), c.person, file, test.opts...)
			require.ErrorContains(t, err, test.says)
			if test.is != nil {
				require.ErrorIs(t, err, test.is)
			}
		})
	}
	file, _ := testFile(t, "exif1.jpg")
	_, err := c.client.SendMedia(t.Context(), c.newsletter, file, wamediax.WithViewOnce())
	require.ErrorIs(t, err, wamediax.ErrDetails)
	_, err = c.client.SendMedia(t.Context(), types.JID{}, file)
	require.ErrorContains(t, err, "recipient is empty")
	_, err = c.client.SendMedia(t.Context(), c.person, nil)
	require.ErrorContains(t, err, "source is nil")
	require.Len(t, c.Requests(), before)
}

func TestWhatGoesWithTheMedia(t *testing.T) {
	c := newCorrespondents(t)
	info := &waE2E.ContextInfo{StanzaID: proto.String("3EB0AA"), MentionedJID: []string{c.person.String()}, Expiration: proto.Uint32(86400)}
	file, data := testFile(t, "exif1.jpg")
	sent, err := c.client.SendMedia(t.Context(), c.person, file, wamediax.WithContextInfo(info),
		wamediax.WithSendRequest(whatsmeow.SendRequestExtra{ID: "3EB0MINE"}))
	require.NoError(t, err)
	require.EqualValues(t, "3EB0MINE", sent.ID)
	got := c.next(t)
	require.EqualValues(t, "3EB0MINE", got.Info.ID)
	require.True(t, proto.Equal(info, got.Message.GetImageMessage().GetContextInfo()))
	require.NotSame(t, info, sent.Message.GetImageMessage().GetContextInfo())
	require.Nil(t, sent.Uploaded.Preview, "there is no previewer")
	c.requireOpens(t, got.Message, data)
}

func TestViewOnce(t *testing.T) {
	c := newCorrespondents(t, wamediax.WithPreviewer(preview.New()))
	for file, raw := range map[string]func(*waE2E.Message) *waE2E.FutureProofMessage{
		"exif1.jpg": (*waE2E.Message).GetViewOnceMessage,
		"movie.mp4": (*waE2E.Message).GetViewOnceMessage,
		"silk.opus": (*waE2E.Message).GetViewOnceMessageV2Extension,
	} {
		src, data := testFile(t, file)
		sent, err := c.client.SendMedia(t.Context(), c.person, src, wamediax.WithViewOnce())
		require.NoError(t, err)
		require.NotNil(t, raw(sent.Message), file)
		got := c.next(t)
		require.True(t, got.IsViewOnce, file)
		c.requireOpens(t, got.RawMessage, data)
	}
}

func TestAStreamIsPreviewedFromItsSpool(t *testing.T) {
	for name, spool := range map[string]int64{"in memory": 8 << 20, "in a file": 1} {
		t.Run(name, func(t *testing.T) {
			c := newCorrespondents(t, wamediax.WithPreviewer(preview.New()), wamediax.WithSpoolMemory(spool))
			_, data := testFile(t, "silk.opus")
			for _, to := range []types.JID{c.person, c.newsletter} {
				_, err := c.client.SendMedia(t.Context(), to, stream(data), wamediax.AsVoice())
				require.NoError(t, err)
				got := c.next(t)
				requireVoice(t, got.Message)
				c.requireOpens(t, got.Message, data)
			}
			requireNoTempFiles(t)
		})
	}
}

func TestEverythingThatIsUploadedIsPreviewed(t *testing.T) {
	s := newService(t, wamediax.WithPreviewer(preview.New()))
	file, data := testFile(t, "exif1.jpg")
	for name, up := range map[string]func() (*wamediax.Uploaded, error){
		"a file": func() (*wamediax.Uploaded, error) {
			return s.client.UploadMedia(t.Context(), file, whatsmeow.MediaImage)
		},
		"a stream": func() (*wamediax.Uploaded, error) {
			return s.client.UploadMedia(t.Context(), stream(data), whatsmeow.MediaImage)
		},
		"an item of a bulk run": func() (*wamediax.Uploaded, error) {
			outcome := s.uploadedAll(t, wamediax.UploadItem{MediaType: whatsmeow.MediaImage, Path: file.Name()})[0]
			return &outcome.Uploaded, outcome.Err
		},
	} {
		got, err := up()
		require.NoError(t, err, name)
		require.NotNil(t, got.Preview, name)
		require.Positive(t, got.ImageMessage().GetWidth(), name)
		requireThumbnail(t, got.ImageMessage().GetJPEGThumbnail(), 100)
	}
}

func TestACancelledContextEndsSendMedia(t *testing.T) {
	c := newCorrespondents(t)
	c.inject("", 0, 1, wamediaxtest.StopReading(0))
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() {
		_, err := c.client.SendMedia(ctx, c.person, bytes.NewReader(content(1000)))
		ended <- err
	}()
	c.waitHeld(t.Context())
	cancel()
	require.ErrorIs(t, <-ended, context.Canceled)
}
