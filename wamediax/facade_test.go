package wamediax_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"

	"github.com/wamediax/whatsmeow-ext/wamediax"
	"github.com/wamediax/whatsmeow-ext/wamediax/retry"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

// everyCall makes each kind of call once and returns its error.
func everyCall(c *wamediax.Client) map[string]func(ctx context.Context, t *testing.T, msg whatsmeow.DownloadableMessage) error {
	src := func() io.Reader { return bytes.NewReader(content(1000)) }
	return map[string]func(ctx context.Context, t *testing.T, msg whatsmeow.DownloadableMessage) error{
		"UploadMedia": func(ctx context.Context, _ *testing.T, _ whatsmeow.DownloadableMessage) error {
			_, err := c.UploadMedia(ctx, src(), whatsmeow.MediaImage)
			return err
		},
		"UploadLive": func(ctx context.Context, _ *testing.T, _ whatsmeow.DownloadableMessage) error {
			_, err := c.UploadLive(ctx, src(), whatsmeow.MediaImage)
			return err
		},
		"UploadAll": func(ctx context.Context, _ *testing.T, _ whatsmeow.DownloadableMessage) error {
			var all error
			for _, outcome := range c.UploadAll(ctx, []wamediax.UploadItem{{MediaType: whatsmeow.MediaImage, Open: func() (io.ReadCloser, error) {
				return io.NopCloser(src()), nil
			}}}) {
				all = errors.Join(all, outcome.Err)
			}
			return all
		},
		"SendMedia": func(ctx context.Context, _ *testing.T, _ whatsmeow.DownloadableMessage) error {
			_, err := c.SendMedia(ctx, types.NewJID("15550009", types.DefaultUserServer), src())
			return err
		},
		"SendAlbum": func(ctx context.Context, _ *testing.T, _ whatsmeow.DownloadableMessage) error {
			_, err := c.SendAlbum(ctx, types.NewJID("15550009", types.DefaultUserServer), make([]wamediax.AlbumItem, 2))
			return err
		},
		"ForwardMedia": func(ctx context.Context, _ *testing.T, msg whatsmeow.DownloadableMessage) error {
			video, _ := msg.(*waE2E.VideoMessage)
			_, err := c.ForwardMedia(ctx, types.NewJID("15550009", types.DefaultUserServer), nil, &waE2E.Message{VideoMessage: video})
			return err
		},
		"UploadCoverPhoto": func(ctx context.Context, _ *testing.T, _ whatsmeow.DownloadableMessage) error {
			_, err := c.UploadCoverPhoto(ctx, src())
			return err
		},
		"SetCoverPhoto": func(ctx context.Context, _ *testing.T, _ whatsmeow.DownloadableMessage) error {
			return c.SetCoverPhoto(ctx, wamediax.CoverPhoto{ID: "1", Token: "2", Timestamp: time.Unix(3, 0)})
		},
		"Upload": func(ctx context.Context, _ *testing.T, _ whatsmeow.DownloadableMessage) error {
			_, err := c.Upload(ctx, content(1000), whatsmeow.MediaImage)
			return err
		},
		"Download": func(ctx context.Context, _ *testing.T, msg whatsmeow.DownloadableMessage) error {
			_, err := c.Download(ctx, msg)
			return err
		},
		"DownloadTo": func(ctx context.Context, _ *testing.T, msg whatsmeow.DownloadableMessage) error {
			_, err := c.DownloadTo(ctx, io.Discard, msg)
			return err
		},
		"DownloadFile": func(ctx context.Context, t *testing.T, msg whatsmeow.DownloadableMessage) error {
			_, err := c.DownloadFile(ctx, t.TempDir()+"/file", msg)
			return err
		},
		"DownloadBytes": func(ctx context.Context, _ *testing.T, msg whatsmeow.DownloadableMessage) error {
			_, _, err := c.DownloadBytes(ctx, msg)
			return err
		},
		"OpenMedia": func(ctx context.Context, _ *testing.T, msg whatsmeow.DownloadableMessage) error {
			media, err := c.OpenMedia(ctx, msg)
			if err != nil {
				return err
			}
			defer media.Close()
			_, err = io.Copy(io.Discard, media)
			return err
		},
		"Reupload": func(ctx context.Context, _ *testing.T, msg whatsmeow.DownloadableMessage) error {
			_, err := c.Reupload(ctx, retry.RequestFor(info("3EB0AA"), msg.GetMediaKey()))
			return err
		},
	}
}

func TestCallsAfterCloseAreErrors(t *testing.T) {
	s := newService(t)
	msg := s.posted(t, content(1000))
	other := wamediax.Wrap(s.client.Client, wamediax.WithHTTPClient(s.HTTPClient()))
	before := len(s.Requests())
	s.client.Close()
	s.client.Close()
	for name, call := range everyCall(s.client) {
		require.ErrorIs(t, call(t.Context(), t, msg), wamediax.ErrClosed, name)
	}
	require.Len(t, s.Requests(), before)

	require.True(t, s.client.IsConnected(), "the wrapped client stays usable")
	_, err := other.UploadMedia(t.Context(), bytes.NewReader(content(1000)), whatsmeow.MediaImage)
	require.NoError(t, err, "and so does another Client of it")
}

func TestCloseEndsCallsInProgress(t *testing.T) {
	for _, name := range []string{"UploadMedia", "UploadLive", "UploadAll", "Upload", "DownloadTo", "DownloadFile", "DownloadBytes"} {
		t.Run(name, func(t *testing.T) {
			s := newService(t)
			msg := s.posted(t, content(1000))
			s.inject("", 0, 1, wamediaxtest.StopReading(0))
			ended := make(chan error)
			go func() { ended <- everyCall(s.client)[name](t.Context(), t, msg) }()
			s.waitHeld(t.Context())
			s.client.Close()
			require.ErrorIs(t, <-ended, wamediax.ErrClosed)
		})
	}
}

func TestCloseEndsOpenMediaAndTheWaitForThePhone(t *testing.T) {
	s := newService(t)
	msg := s.posted(t, content(mebi))
	media, err := s.client.OpenMedia(t.Context(), msg)
	require.NoError(t, err)
	defer media.Close()
	asked := make(chan struct{})
	s.SetPhone(func(*wamediaxtest.PhoneRequest) { close(asked) })
	ended := make(chan error)
	go func() {
		_, err := s.client.Reupload(t.Context(), retry.RequestFor(info("3EB0AA"), msg.GetMediaKey()))
		ended <- err
	}()
	<-asked
	s.client.Close()
	require.Error(t, <-ended)
	_, err = media.Seek(700*kibi, io.SeekStart)
	require.NoError(t, err)
	_, err = io.ReadAll(media)
	require.ErrorIs(t, err, wamediax.ErrClosed)
	require.NoError(t, media.Close())
	require.NoError(t, media.Close())
}

func TestRemoveEventHandlersKeepsReuploadsWorking(t *testing.T) {
	s := newService(t)
	data := content(1000)
	msg := s.posted(t, data)
	s.client.AddEventHandler(func(evt any) {
		if _, ok := evt.(*events.MediaRetry); ok {
			t.Error("this handler was removed")
		}
	})
	s.client.RemoveEventHandlers()
	s.Forget(msg.GetDirectPath(), 404)
	s.phoneHas(t, data, "3EB0AA", msg)
	got, _, err := s.client.DownloadBytes(t.Context(), msg, wamediax.WithReupload(info("3EB0AA")))
	require.NoError(t, err)
	require.True(t, bytes.Equal(data, got))

	s.client.Close()
	s.client.RemoveEventHandlers() // adds none again
}

func TestAClientThatWrapHasNotMadeIsAnError(t *testing.T) {
	s := newService(t)
	msg := s.posted(t, content(1000))
	for name, test := range map[string]struct {
		client *wamediax.Client
		says   string
	}{
		"nil":                   {nil, whatsmeow.ErrClientIsNil.Error()},
		"the zero value":        {new(wamediax.Client), whatsmeow.ErrClientIsNil.Error()},
		"Wrap of nil":           {wamediax.Wrap(nil), whatsmeow.ErrClientIsNil.Error()},
		"made without Wrap":     {&wamediax.Client{Client: s.client.Client}, "not made by wamediax.Wrap"},
		"Wrap with nil options": {wamediax.Wrap(nil, nil, wamediax.WithRequester(nil)), whatsmeow.ErrClientIsNil.Error()},
	} {
		t.Run(name, func(t *testing.T) {
			for call, do := range everyCall(test.client) {
				require.ErrorContains(t, do(t.Context(), t, msg), test.says, call)
			}
			test.client.Close()
		})
	}
	t.Run("proxies and event handlers go to whatsmeow", func(t *testing.T) {
		unwrapped := &wamediax.Client{Client: s.client.Client}
		unwrapped.SetProxy(nil)
		unwrapped.SetMediaHTTPClient(s.HTTPClient())
		require.NoError(t, unwrapped.SetProxyAddress(""))
		unwrapped.RemoveEventHandlers()
		new(wamediax.Client).RemoveEventHandlers()
		new(wamediax.Client).SetMediaHTTPClient(nil)
		var none *wamediax.Client
		none.SetProxy(nil)
		none.SetSOCKSProxy(nil)
		none.SetMediaHTTPClient(nil)
		none.RemoveEventHandlers()
		require.ErrorIs(t, none.SetProxyAddress(""), whatsmeow.ErrClientIsNil)
	})
}

func TestMistakesAreErrorsAtOnce(t *testing.T) {
	s := newService(t)
	msg := s.posted(t, content(1000))
	before := len(s.Requests())
	for name, test := range map[string]struct {
		call func() error
		says string
	}{
		"no source": {func() error {
			_, err := s.client.UploadMedia(t.Context(), nil, whatsmeow.MediaImage)
			return err
		}, "source is nil"},
		"a nil pointer as source": {func() error {
			_, err := s.client.UploadMedia(t.Context(), (*bytes.Reader)(nil), whatsmeow.MediaImage)
			return err
		}, "source is nil"},
		"a nil file as source": {func() error {
			_, err := s.client.UploadReader(t.Context(), (*os.File)(nil), nil, whatsmeow.MediaImage)
			return err
		}, "source is nil"},
		"no source of a live upload": {func() error {
			_, err := s.client.UploadLive(t.Context(), nil, whatsmeow.MediaImage)
			return err
		}, "source is nil"},
		"no source for a newsletter": {func() error {
			_, err := s.client.UploadNewsletterReader(t.Context(), nil, whatsmeow.MediaImage)
			return err
		}, "source is nil"},
		"no cover photo": {func() error {
			_, err := s.client.UploadCoverPhoto(t.Context(), nil)
			return err
		}, "source is nil"},
		"an empty path": {func() error {
			_, err := s.client.DownloadFile(t.Context(), "", msg)
			return err
		}, "path is empty"},
		"no file": {func() error { return s.client.DownloadToFile(t.Context(), msg, nil) }, "file is nil"},
		"a nil file": {func() error {
			return s.client.DownloadMediaWithOnlyPathToFile(t.Context(), msg.GetDirectPath(), (*os.File)(nil))
		}, "file is nil"},
		"a source that claims too many bytes": {func() error {
			_, err := s.client.UploadMedia(t.Context(), io.NewSectionReader(bytes.NewReader(nil), 0, math.MaxInt64), whatsmeow.MediaImage)
			return err
		}, "source ended after 0 of 9223372036854775807 bytes"},
		"an item without a source": {func() error {
			return s.uploadedAll(t, wamediax.UploadItem{MediaType: whatsmeow.MediaImage})[0].Err
		}, "neither Path nor Open"},
		"an item with two sources": {func() error {
			return s.uploadedAll(t, wamediax.UploadItem{MediaType: whatsmeow.MediaImage, Path: "x", Open: func() (io.ReadCloser, error) { return nil, nil }})[0].Err
		}, "both Path and Open"},
	} {
		require.ErrorContains(t, test.call(), test.says, name)
	}
	require.Len(t, s.Requests(), before)
}

// uploadedAll returns the outcomes of items, in their order.
func (s *service) uploadedAll(t *testing.T, items ...wamediax.UploadItem) []wamediax.UploadOutcome {
	t.Helper()
	outcomes := make([]wamediax.UploadOutcome, len(items))
	for i, outcome := range s.client.UploadAll(t.Context(), items) {
		outcomes[i] = outcome
	}
	return outcomes
}

func TestAnOutcomeWithAnErrorCanBeUsed(t *testing.T) {
	s := newService(t)
	outcome := s.uploadedAll(t, wamediax.UploadItem{MediaType: whatsmeow.MediaImage, Path: t.TempDir() + "/gone"})[0]
	require.ErrorIs(t, outcome.Err, os.ErrNotExist)
	require.Empty(t, outcome.DirectPath)
	require.NotNil(t, outcome.ImageMessage())
	require.Equal(t, wamediax.DeliveryNone, outcome.Delivery)
	require.Zero(t, wamediax.DeliveryNone)
	require.Equal(t, "none", outcome.Delivery.String())
}

func TestMessagesHaveAMIMETypeOfTheirKind(t *testing.T) {
	webp := "RIFF\x00\x00\x00\x00WEBPVP8 "
	for sniffed, want := range map[string]struct{ image, video, audio, document, sticker string }{
		"":                         {"image/jpeg", "video/mp4", "audio/ogg; codecs=opus", "application/octet-stream", "image/webp"},
		"text/plain":               {"image/jpeg", "video/mp4", "audio/ogg; codecs=opus", "text/plain", "image/webp"},
		"application/octet-stream": {"image/jpeg", "video/mp4", "audio/ogg; codecs=opus", "application/octet-stream", "image/webp"},
		"image/png":                {"image/png", "video/mp4", "audio/ogg; codecs=opus", "image/png", "image/png"},
		"video/webm":               {"image/jpeg", "video/webm", "audio/ogg; codecs=opus", "video/webm", "image/webp"},
		"audio/mpeg":               {"image/jpeg", "video/mp4", "audio/mpeg", "audio/mpeg", "image/webp"},
	} {
		up := &wamediax.Uploaded{Mimetype: sniffed}
		require.Equal(t, want.image, up.ImageMessage().GetMimetype(), sniffed)
		require.Equal(t, want.video, up.VideoMessage().GetMimetype(), sniffed)
		require.Equal(t, want.audio, up.AudioMessage().GetMimetype(), sniffed)
		require.Equal(t, want.document, up.DocumentMessage().GetMimetype(), sniffed)
		require.Equal(t, want.sticker, up.StickerMessage().GetMimetype(), sniffed)
		require.Equal(t, sniffed, up.Mimetype)
	}
	s := newService(t)
	up, err := s.client.UploadMedia(t.Context(), bytes.NewReader([]byte(webp)), wamediax.MediaSticker)
	require.NoError(t, err)
	require.Equal(t, "image/webp", up.StickerMessage().GetMimetype())
}

// One setting of Wrap is for calls of every kind, and a call's own comes after it.
func TestOptionsMeanTheSameForAllCalls(t *testing.T) {
	for _, name := range []string{"UploadMedia", "UploadLive", "UploadAll", "UploadCoverPhoto", "Upload", "Download", "DownloadTo", "DownloadFile", "DownloadBytes", "OpenMedia"} {
		t.Run(name, func(t *testing.T) {
			reported := make(map[wamediax.Stage]int)
			s := newService(t, shortPauses, wamediax.WithMaxAttempts(3), wamediax.WithProgress(func(p wamediax.Progress) { reported[p.Stage]++ }))
			msg := s.posted(t, content(1000))
			clear(reported)
			require.NoError(t, everyCall(s.client)[name](t.Context(), t, msg))
			require.NotEmpty(t, reported)

			s.inject("", 0, -1, wamediaxtest.Status(500))
			begun := len(s.Requests())
			require.Error(t, everyCall(s.client)[name](t.Context(), t, msg))
			hosts := len(s.Requests()) - begun
			require.LessOrEqual(t, hosts, 8, "it gives up after a few attempts")
		})
	}
}

func TestProgressOfABulkRunNamesItsItems(t *testing.T) {
	s := newService(t)
	items := make([]wamediax.UploadItem, 6)
	for i := range items {
		items[i] = wamediax.UploadItem{MediaType: whatsmeow.MediaImage, Path: fileOf(t, content(1000+i)).Name()}
	}
	own := 0
	items[5].Options = []wamediax.UploadOption{wamediax.WithProgress(func(p wamediax.Progress) {
		require.Equal(t, 5, p.Item)
		own++
	})}
	reported := make(map[int]int) // by one call at a time: the race detector would find two
	for _, outcome := range s.client.UploadAll(t.Context(), items, wamediax.WithParallelism(3),
		wamediax.WithProgress(func(p wamediax.Progress) { reported[p.Item]++ })) {
		require.NoError(t, outcome.Err)
	}
	require.Len(t, reported, 5)
	require.NotZero(t, own)
}

func TestForNewsletterUploadsWithoutEncryption(t *testing.T) {
	s := newService(t)
	data := content(1000)
	up, err := s.client.UploadMedia(t.Context(), bytes.NewReader(data), whatsmeow.MediaImage, wamediax.ForNewsletter())
	require.NoError(t, err)
	object, ok := s.Object(up.DirectPath)
	require.True(t, ok)
	require.True(t, bytes.Equal(data, object.Data))
	require.NotEmpty(t, up.Handle)
	require.Nil(t, up.MediaKey)
	require.Zero(t, up.MediaKeyTimestamp)
}
