package wamediax_test

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/color"
	"image/png"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"

	"github.com/wamediax/whatsmeow-ext/wamediax"
	"github.com/wamediax/whatsmeow-ext/wamediax/preview"
)

func pngOf(t testing.TB, width, height int) []byte {
	picture := image.NewGray(image.Rect(0, 0, width, height))
	for i := range picture.Pix {
		picture.Pix[i] = uint8(i)
	}
	picture.SetGray(0, 0, color.Gray{Y: 1})
	var out bytes.Buffer
	require.NoError(t, png.Encode(&out, picture))
	return out.Bytes()
}

func TestHDIsAPairOfImages(t *testing.T) {
	c := newCorrespondents(t, wamediax.WithPreviewer(preview.New()))
	large := pngOf(t, 2400, 1200)
	for name, src := range map[string]io.Reader{"a file": fileOf(t, large), "a stream": stream(large)} {
		t.Run(name, func(t *testing.T) {
			sent, err := c.client.SendMedia(t.Context(), c.person, src, wamediax.WithHD(), wamediax.WithCaption("sharp"))
			require.NoError(t, err)
			require.NotNil(t, sent.HD)

			parent := c.next(t)
			standard := parent.Message.GetImageMessage()
			require.Equal(t, "sharp", standard.GetCaption())
			require.EqualValues(t, 1600, standard.GetWidth())
			require.EqualValues(t, 800, standard.GetHeight())
			require.Equal(t, waE2E.ContextInfo_SD_IMAGE_PARENT, standard.GetContextInfo().GetPairedMediaType())
			requireThumbnail(t, standard.GetJPEGThumbnail(), 100)
			data, err := c.other.Download(t.Context(), standard)
			require.NoError(t, err)
			conf, _, err := image.DecodeConfig(bytes.NewReader(data))
			require.NoError(t, err)
			require.Equal(t, 1600, conf.Width)

			child := c.next(t)
			require.Equal(t, sent.HD.ID, child.Info.ID)
			association := child.Message.GetMessageContextInfo().GetMessageAssociation()
			require.Equal(t, waE2E.MessageAssociation_HD_IMAGE_DUAL_UPLOAD, association.GetAssociationType())
			require.Equal(t, parent.Info.ID, association.GetParentMessageKey().GetID())
			hd := child.Message.GetAssociatedChildMessage().GetMessage().GetImageMessage()
			require.Equal(t, waE2E.ContextInfo_HD_IMAGE_CHILD, hd.GetContextInfo().GetPairedMediaType())
			require.EqualValues(t, 2400, hd.GetWidth())
			require.Empty(t, hd.GetCaption())
			c.requireOpens(t, child.Message, large)
		})
	}
}

func TestTheStandardImageOfAPairHasTheSettingsOfTheCall(t *testing.T) {
	c := newCorrespondents(t, wamediax.WithPreviewer(preview.New()),
		wamediax.WithProgress(func(wamediax.Progress) { t.Error("the call has its own") }))
	files := make(map[int64]bool) // sizes
	sent, err := c.client.SendMedia(t.Context(), c.person, bytes.NewReader(pngOf(t, 2400, 1200)), wamediax.WithHD(), wamediax.WithoutURL(),
		wamediax.WithProgress(func(p wamediax.Progress) {
			if p.Stage == wamediax.Uploading {
				files[p.Total] = true
			}
		}))
	require.NoError(t, err)
	require.Len(t, files, 1, "only the caller's image is reported")
	require.Empty(t, sent.Uploaded.URL)
	require.Empty(t, sent.HD.Uploaded.URL)
}

func TestAnImageIsNoPairWhereWhatsAppWebMakesNone(t *testing.T) {
	c := newCorrespondents(t, wamediax.WithPreviewer(preview.New()))
	require.NoError(t, c.SetStatusAudience(c.client.Store.GetJID(), c.person))
	for name, test := range map[string]struct {
		to            types.JID
		width, height int
		opts          []wamediax.SendOption
	}{
		"in a channel":                      {c.newsletter, 1700, 10, nil},
		"in the status":                     {types.StatusBroadcastJID, 1700, 10, nil},
		"to be viewed once":                 {c.person, 1700, 10, []wamediax.SendOption{wamediax.WithViewOnce()}},
		"where standard quality is as good": {c.person, 1600, 10, nil},
		"as a document":                     {c.person, 1700, 10, []wamediax.SendOption{wamediax.AsDocument()}},
	} {
		data := pngOf(t, test.width, test.height)
		sent, err := c.client.SendMedia(t.Context(), test.to, bytes.NewReader(data), append(test.opts, wamediax.WithHD())...)
		require.NoError(t, err, name)
		require.Nil(t, sent.HD, name)
		c.requireOpens(t, c.next(t).RawMessage, data)
	}
}

func TestHDWithoutAScalerIsAnError(t *testing.T) {
	c := newCorrespondents(t)
	_, err := c.client.SendMedia(t.Context(), c.person, bytes.NewReader(pngOf(t, 1700, 10)), wamediax.WithHD())
	require.ErrorIs(t, err, wamediax.ErrDetails)
	require.ErrorContains(t, err, "needs a Previewer that is a Scaler")
}

// previewerFunc is an application's own Previewer.
type previewerFunc func(ctx context.Context, src io.ReaderAt, size int64) (*wamediax.Preview, error)

func (f previewerFunc) Preview(ctx context.Context, src io.ReaderAt, size int64, _ string) (*wamediax.Preview, error) {
	return f(ctx, src, size)
}

func TestAPreviewerThatMisbehavesEndsNoUpload(t *testing.T) {
	t.Parallel()
	hung := make(chan struct{})
	t.Cleanup(func() { close(hung) })
	for name, test := range map[string]struct {
		preview previewerFunc
		logs    string
		width   uint32
	}{
		"an error": {func(context.Context, io.ReaderAt, int64) (*wamediax.Preview, error) {
			return nil, errors.New("no picture")
		}, "no picture", 0},
		"an error after something": {func(context.Context, io.ReaderAt, int64) (*wamediax.Preview, error) {
			return &wamediax.Preview{Width: 7}, errors.New("cut off")
		}, "cut off", 7},
		"a panic":                        {func(context.Context, io.ReaderAt, int64) (*wamediax.Preview, error) { panic("bad JPEG") }, "panicked: bad JPEG", 0},
		"no return, even after its time": {func(context.Context, io.ReaderAt, int64) (*wamediax.Preview, error) { <-hung; return nil, nil }, "did not return", 0},
		"what it has when its time is up": {func(ctx context.Context, _ io.ReaderAt, _ int64) (*wamediax.Preview, error) {
			<-ctx.Done()
			return &wamediax.Preview{Width: 9}, context.Cause(ctx)
		}, "took more than", 9},
		"nothing": {func(context.Context, io.ReaderAt, int64) (*wamediax.Preview, error) { return nil, nil }, "", 0},
	} {
		for kind, src := range map[string]io.Reader{"a file": bytes.NewReader(content(1000)), "a stream": stream(content(1000))} {
			t.Run(name+" for "+kind, func(t *testing.T) {
				t.Parallel()
				log := new(logged)
				s := newService(t, wamediax.WithPreviewer(test.preview), wamediax.WithPreviewTimeout(50*time.Millisecond))
				s.client.Log = log
				up, err := s.client.UploadMedia(t.Context(), src, whatsmeow.MediaImage)
				require.NoError(t, err)
				require.Equal(t, test.width, up.ImageMessage().GetWidth())
				require.Contains(t, log.text(), test.logs)
			})
		}
	}
}

func TestAPreviewTimeoutOf0IsTheDefault(t *testing.T) {
	for _, d := range []time.Duration{0, -1} {
		s := newService(t, wamediax.WithPreviewTimeout(d),
			wamediax.WithPreviewer(previewerFunc(func(ctx context.Context, _ io.ReaderAt, _ int64) (*wamediax.Preview, error) {
				return &wamediax.Preview{Width: 7}, ctx.Err()
			})))
		log := new(logged)
		s.client.Log = log
		up, err := s.client.UploadMedia(t.Context(), bytes.NewReader(content(1000)), whatsmeow.MediaImage)
		require.NoError(t, err)
		require.EqualValues(t, 7, up.ImageMessage().GetWidth())
		require.Empty(t, log.text())
	}
}

func TestAPreviewerReadsWhatIsUploadedAndNothingAfterwards(t *testing.T) {
	data := content(100 * kibi)
	kept := make(chan io.ReaderAt, 1)
	s := newService(t, wamediax.WithPreviewer(previewerFunc(func(_ context.Context, src io.ReaderAt, size int64) (*wamediax.Preview, error) {
		kept <- src
		got, err := io.ReadAll(io.NewSectionReader(src, 0, size))
		if err != nil || !bytes.Equal(got, data) {
			return nil, errors.New("it is something else")
		}
		return &wamediax.Preview{Width: 1}, nil
	})))
	for name, src := range map[string]io.Reader{"a file": fileOf(t, data), "a stream": stream(data)} {
		up, err := s.client.UploadMedia(t.Context(), src, whatsmeow.MediaImage)
		require.NoError(t, err, name)
		require.NotNil(t, up.Preview, name)
		_, err = (<-kept).ReadAt(make([]byte, 1), 0)
		require.Error(t, err, name)
	}
}

func TestWithPreviewIsWhatTheApplicationKnows(t *testing.T) {
	s := newService(t, wamediax.WithPreviewer(previewerFunc(func(context.Context, io.ReaderAt, int64) (*wamediax.Preview, error) {
		t.Error("nobody has to look")
		return nil, nil
	})))
	known := &wamediax.Preview{Duration: 1500 * time.Millisecond, Voice: true, Waveform: make([]byte, 64)}
	for name, up := range map[string]func() (*wamediax.Uploaded, error){
		"UploadMedia": func() (*wamediax.Uploaded, error) {
			return s.client.UploadMedia(t.Context(), bytes.NewReader(content(10)), whatsmeow.MediaAudio, wamediax.WithPreview(known))
		},
		"UploadLive": func() (*wamediax.Uploaded, error) {
			return s.client.UploadLive(t.Context(), stream(content(10)), whatsmeow.MediaAudio, wamediax.WithPreview(known))
		},
		"a source that knows": func() (*wamediax.Uploaded, error) {
			return s.client.UploadLive(t.Context(), knowing{stream(content(10)), known}, whatsmeow.MediaAudio)
		},
	} {
		got, err := up()
		require.NoError(t, err, name)
		require.EqualValues(t, 2, got.AudioMessage().GetSeconds(), name)
		require.True(t, got.AudioMessage().GetPTT(), name)
	}
}

// knowing is a source that knows what people see of it.
type knowing struct {
	io.Reader
	preview *wamediax.Preview
}

func (k knowing) Preview() *wamediax.Preview { return k.preview }

// failing gives data and then fails.
type failing struct {
	data []byte
	err  error
}

func (f *failing) Read(p []byte) (int, error) {
	if len(f.data) == 0 {
		return 0, f.err
	}
	n := copy(p, f.data[:min(len(f.data), 4096)])
	f.data = f.data[n:]
	return n, nil
}

func TestAMessageThatIsNotSentAfterItsUploadIsNotLost(t *testing.T) {
	c := newCorrespondents(t, wamediax.WithPreviewer(preview.New()))
	file, data := testFile(t, "exif1.jpg")
	nobody := types.NewJID("15559999999", types.DefaultUserServer)
	_, err := c.client.SendMedia(t.Context(), nobody, file, wamediax.WithCaption("later"))
	var failed *wamediax.SendError
	require.ErrorAs(t, err, &failed)
	require.NotEmpty(t, failed.Uploaded.DirectPath)
	require.NotEmpty(t, failed.Extra.ID)
	require.ErrorContains(t, err, "failed to send the media after its upload: ")
	requests := len(c.Requests())

	_, err = c.client.SendMessage(t.Context(), c.person, failed.Message, failed.Extra)
	require.NoError(t, err)
	got := c.next(t)
	require.Equal(t, failed.Extra.ID, got.Info.ID)
	require.Equal(t, "later", got.Message.GetImageMessage().GetCaption())
	require.Len(t, c.Requests(), requests, "it is not uploaded again")
	c.requireOpens(t, got.Message, data)
}

func TestASourceThatFailsHalfWayIsTheErrorAndNothingIsSent(t *testing.T) {
	c := newCorrespondents(t, wamediax.WithPreviewer(preview.New()))
	broken := errors.New("the disk is gone")
	_, data := testFile(t, "movie.mp4")
	_, err := c.client.SendMedia(t.Context(), c.person, &failing{data: data[:len(data)/2], err: broken})
	require.ErrorIs(t, err, broken)
	require.Empty(t, c.Objects())
	requireNoTempFiles(t)
}
