package linkpreview_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types/events"

	"github.com/wamediax/whatsmeow-ext/wamediax"
	"github.com/wamediax/whatsmeow-ext/wamediax/linkpreview"
	"github.com/wamediax/whatsmeow-ext/wamediax/safehttp"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

// sender returns a client that sends link previews, and its service.
func sender(t testing.TB) (*wamediax.Client, *wamediaxtest.Server) {
	service := wamediaxtest.NewServer()
	t.Cleanup(service.Close)
	cli, err := service.NewClient(t.Context())
	require.NoError(t, err)
	client := wamediax.Wrap(cli, wamediax.WithHTTPClient(service.HTTPClient()))
	return client, service
}

// receiver returns an unwrapped whatsmeow client.
func receiver(t testing.TB, service *wamediaxtest.Server) (*whatsmeow.Client, <-chan *waE2E.Message) {
	cli, err := service.NewClient(t.Context())
	require.NoError(t, err)
	received := make(chan *waE2E.Message, 1)
	cli.AddEventHandler(func(evt any) {
		if msg, ok := evt.(*events.Message); ok {
			received <- msg.Message
		}
	})
	return cli, received
}

func receive(t testing.TB, received <-chan *waE2E.Message) *waE2E.ExtendedTextMessage {
	select {
	case msg := <-received:
		require.NotNil(t, msg.GetExtendedTextMessage())
		return msg.GetExtendedTextMessage()
	case <-time.After(30 * time.Second):
		require.FailNow(t, "no message arrived")
		return nil
	}
}

func TestAnUnwrappedClientReceivesTheCompletePreview(t *testing.T) {
	s := newSite(t)
	s.page("/page", `<title>x</title><meta property="og:title" content="Tea"><meta property="og:description" content="and cake">
		<meta property="og:image" content="/huge.jpg">`)
	client, service := sender(t)
	plain, received := receiver(t, service)

	text := "Look at " + s.url + "/page, it is good."
	began := time.Now().Add(-time.Second)
	sent, err := links().Message(t.Context(), client, text)
	require.NoError(t, err)
	_, err = client.SendMessage(t.Context(), plain.Store.GetJID().ToNonAD(), &waE2E.Message{ExtendedTextMessage: sent})
	require.NoError(t, err)

	msg := receive(t, received)
	require.Equal(t, text, msg.GetText())
	require.Equal(t, s.url+"/page", msg.GetMatchedText())
	require.Equal(t, "Tea", msg.GetTitle())
	require.Equal(t, "and cake", msg.GetDescription())
	require.Equal(t, 100, sizeOf(t, msg.GetJPEGThumbnail()).X)
	require.LessOrEqual(t, len(msg.GetJPEGThumbnail()), 14_982)
	require.EqualValues(t, 1200, msg.GetThumbnailWidth())
	require.EqualValues(t, 600, msg.GetThumbnailHeight())
	require.WithinRange(t, time.Unix(msg.GetMediaKeyTimestamp(), 0), began, time.Now())
	require.Len(t, msg.GetMediaKey(), 32)
	require.Len(t, msg.GetThumbnailSHA256(), 32)
	require.Len(t, msg.GetThumbnailEncSHA256(), 32)
	require.NotEmpty(t, msg.GetThumbnailDirectPath())

	large, err := plain.DownloadThumbnail(t.Context(), msg)
	require.NoError(t, err)
	size := sizeOf(t, large)
	require.Equal(t, []int{1200, 600}, []int{size.X, size.Y})
	for _, request := range service.Requests() {
		if request.Kind == wamediaxtest.Uploads {
			require.Contains(t, request.Path, "/mms/thumbnail-link/")
		}
	}
}

func TestAFailingPreviewDoesNotFailTheMessage(t *testing.T) {
	s := newSite(t)
	s.page("/page", `<title>kept</title><meta property="og:image" content="/wide.png">`)
	s.page("/broken", `<title>kept</title><meta property="og:image" content="/gone.png">`)
	s.stalling("/stalls", "text/html", "")
	client, service := sender(t)
	plain, received := receiver(t, service)

	for name, test := range map[string]struct {
		path, title   string
		thumbnail     bool
		refuseUploads bool
		want          error
	}{
		"no such page":     {path: "/gone"},
		"a silent page":    {path: "/stalls", want: linkpreview.ErrTimeout},
		"a broken picture": {path: "/broken", title: "kept"},
		"a failed upload":  {path: "/page", title: "kept", thumbnail: true, refuseUploads: true},
	} {
		t.Run(name, func(t *testing.T) {
			if test.refuseUploads {
				service.Inject("", wamediaxtest.Fault{On: wamediaxtest.Uploads, Times: -1, Do: wamediaxtest.Status(http.StatusNotAcceptable)})
			}
			fetcher := links()
			if test.want != nil {
				fetcher = links(linkpreview.WithTimeout(time.Second))
			}
			sent, err := fetcher.Message(t.Context(), client, s.url+test.path)
			require.Error(t, err)
			if test.want != nil {
				require.ErrorIs(t, err, test.want)
			}
			_, err = client.SendMessage(t.Context(), plain.Store.GetJID().ToNonAD(), &waE2E.Message{ExtendedTextMessage: sent})
			require.NoError(t, err)
			msg := receive(t, received)
			require.Equal(t, s.url+test.path, msg.GetText())
			require.Equal(t, test.title, msg.GetTitle())
			require.Equal(t, test.title != "", msg.MatchedText != nil)
			require.Equal(t, test.thumbnail, len(msg.GetJPEGThumbnail()) > 0)
			require.Empty(t, msg.GetThumbnailDirectPath())
			require.Empty(t, msg.GetMediaKey())
		})
	}
}

func TestAStalledUploadEndsWithTheTimeout(t *testing.T) {
	s := newSite(t)
	s.page("/page", `<title>kept</title><meta property="og:image" content="/wide.png">`)
	client, service := sender(t)
	service.Inject("", wamediaxtest.Fault{On: wamediaxtest.Uploads, Times: -1, Do: wamediaxtest.AnswerAfter(nil)})
	msg, err := links(linkpreview.WithTimeout(3*time.Second)).Message(t.Context(), client, s.url+"/page")
	require.ErrorIs(t, err, linkpreview.ErrTimeout)
	require.Equal(t, "kept", msg.GetTitle())
	require.NotEmpty(t, msg.GetJPEGThumbnail())

	gone := errors.New("the user went away")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(gone)
	msg, err = links().Message(ctx, client, s.url+"/page")
	require.ErrorIs(t, err, gone)
	require.Equal(t, s.url+"/page", msg.GetText())
}

func TestTextWithoutALinkIsSentUnchanged(t *testing.T) {
	client, _ := sender(t)
	msg, err := linkpreview.New().Message(t.Context(), client, "no link here")
	require.NoError(t, err)
	require.Equal(t, "no link here", msg.GetText())
	require.Nil(t, msg.MatchedText)
}

func TestInvalidCallsStillReturnAMessage(t *testing.T) {
	var fetcher *linkpreview.Fetcher
	msg, err := fetcher.Message(t.Context(), nil, "https://example.com/")
	require.Error(t, err)
	require.Equal(t, "https://example.com/", msg.GetText())

	page := &linkpreview.Page{URL: "https://example.com/", Title: "mine", Picture: []byte("jpeg")}
	msg, err = page.Message(t.Context(), nil, "https://example.com/")
	require.ErrorIs(t, err, whatsmeow.ErrClientIsNil)
	require.Equal(t, "mine", msg.GetTitle())

	msg, err = linkpreview.New().Message(t.Context(), nil, "http://127.0.0.1/")
	require.ErrorIs(t, err, safehttp.ErrNotPublic)
	require.Equal(t, "http://127.0.0.1/", msg.GetText())
}
