package stickerpack_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"image"
	"image/jpeg"
	"io"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow"
	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"
	"golang.org/x/image/webp"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/wamediax/whatsmeow-ext/wamediax"
	"github.com/wamediax/whatsmeow-ext/wamediax/cdn"
	"github.com/wamediax/whatsmeow-ext/wamediax/stickerpack"
	"github.com/wamediax/whatsmeow-ext/wamediax/streamenc"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

func TestUnwrappedClientDownloadsThePublishedPack(t *testing.T) {
	t.Parallel()
	s := newService(t)
	s.KeepBytes(1 << 20)
	pack := packOf(3, animation)
	msg, data := publishedZip(t, s, pack)

	sum := sha256.Sum256(data)
	require.Equal(t, sum[:], msg.FileSHA256)
	require.Equal(t, uint64(len(data)), msg.GetFileLength())
	require.Equal(t, uint64(len(data)), msg.GetStickerPackSize())
	object, ok := s.Object(msg.GetDirectPath())
	require.True(t, ok)
	require.Equal(t, "/mms/sticker-pack", object.UploadPath)
	require.Equal(t, object.SHA256[:], msg.FileEncSHA256)
	require.Equal(t, streamenc.EncryptedSize(int64(len(data))), object.Size)

	receiver, err := s.NewClient(t.Context())
	require.NoError(t, err)
	thumbnail, err := receiver.DownloadMediaWithPath(t.Context(), msg.GetThumbnailDirectPath(), msg.ThumbnailEncSHA256,
		msg.ThumbnailSHA256, msg.MediaKey, wamediax.MediaStickerPackThumbnail, "thumbnail-sticker-pack", false)
	require.NoError(t, err)
	sum = sha256.Sum256(thumbnail)
	require.Equal(t, sum[:], msg.ThumbnailSHA256)
	object, ok = s.Object(msg.GetThumbnailDirectPath())
	require.True(t, ok)
	require.Equal(t, "/mms/thumbnail-sticker-pack", object.UploadPath)
	require.Equal(t, object.SHA256[:], msg.ThumbnailEncSHA256)
}

// fieldsOf returns the names of the fields that are set.
func fieldsOf(msg proto.Message) (names []string) {
	msg.ProtoReflect().Range(func(field protoreflect.FieldDescriptor, _ protoreflect.Value) bool {
		names = append(names, string(field.Name()))
		return true
	})
	slices.Sort(names)
	return names
}

func TestMessageHasTheFieldsThatWhatsAppWebSets(t *testing.T) {
	t.Parallel()
	s := newService(t)
	pack := packOf(3, still)
	msg, err := stickerpack.Publish(t.Context(), s.client, pack)
	require.NoError(t, err)
	web := []string{
		"caption", "directPath", "fileEncSHA256", "fileLength", "fileSHA256", "mediaKey", "name", "packDescription", "publisher",
		"stickerPackID", "stickerPackSize", "stickers", "thumbnailDirectPath", "thumbnailEncSHA256", "thumbnailSHA256", "trayIconFileName",
	}
	require.Equal(t, web, fieldsOf(msg))
	require.Equal(t, pack.ID, msg.GetStickerPackID())
	require.Equal(t, pack.Name, msg.GetName())
	require.Equal(t, pack.Publisher, msg.GetPublisher())
	require.Equal(t, pack.Description, msg.GetPackDescription())
	require.Equal(t, pack.Caption, msg.GetCaption())
	require.Equal(t, pack.ID+".webp", msg.GetTrayIconFileName())
	require.Len(t, msg.MediaKey, 32)
	for i, sticker := range msg.Stickers {
		want := &waE2E.StickerPackMessage_Sticker{
			FileName: proto.String(hashName(pack.Stickers[i].WebP)), IsAnimated: proto.Bool(false), Emojis: []string{"🎨"},
			AccessibilityLabel: proto.String(pack.Stickers[i].Label), IsLottie: proto.Bool(false), Mimetype: proto.String("image/webp"),
		}
		require.True(t, proto.Equal(want, sticker), "%v", sticker)
	}

	pack = packOf(3, animation)
	pack.Caption, pack.Description, pack.Thumbnail = "", "", jpegOf(t, 300, 200)
	before := time.Now().Unix()
	msg, err = stickerpack.Publish(t.Context(), s.client, pack, stickerpack.WithMobileFields())
	require.NoError(t, err)
	mobile := []string{"imageDataHash", "mediaKeyTimestamp", "stickerPackOrigin", "thumbnailHeight", "thumbnailWidth"}
	mobile = append(mobile, slices.DeleteFunc(slices.Clone(web), func(name string) bool { return name == "caption" || name == "packDescription" })...)
	require.ElementsMatch(t, mobile, fieldsOf(msg))
	require.True(t, msg.Stickers[0].GetIsAnimated())
	require.Equal(t, waE2E.StickerPackMessage_USER_CREATED, msg.GetStickerPackOrigin())
	require.Equal(t, []uint32{300, 200}, []uint32{msg.GetThumbnailWidth(), msg.GetThumbnailHeight()})
	require.Equal(t, base64.StdEncoding.EncodeToString(msg.ThumbnailSHA256), msg.GetImageDataHash())
	require.InDelta(t, before, msg.GetMediaKeyTimestamp(), 60)
}

func TestMissingCoversAreMade(t *testing.T) {
	t.Parallel()
	s := newService(t)
	for name, pack := range map[string]*stickerpack.Pack{
		"of a static sticker":    {Stickers: packOf(3, still).Stickers},
		"of an animated sticker": {Stickers: packOf(3, animation).Stickers},
		"of the tray icon":       {Stickers: packOf(3, still).Stickers, TrayIcon: still(96, 0)},
	} {
		pack.ID, pack.Name = "id", "name"
		t.Run(name, func(t *testing.T) {
			given := pack.TrayIcon
			msg, err := stickerpack.Publish(t.Context(), s.client, pack)
			require.NoError(t, err)
			require.Equal(t, given, pack.TrayIcon, "the caller's pack")
			require.Nil(t, pack.Thumbnail, "the caller's pack")

			got, err := stickerpack.Download(t.Context(), s.client, msg)
			require.NoError(t, err)
			require.LessOrEqual(t, len(got.TrayIcon), stickerpack.MaxTrayBytes)
			require.NoError(t, got.Validate())
			tray, err := webp.Decode(bytes.NewReader(got.TrayIcon))
			require.NoError(t, err)
			require.Equal(t, image.Rect(0, 0, 96, 96), tray.Bounds())
			if given != nil {
				require.Equal(t, given, got.TrayIcon)
			}
			sticker, err := jpegThumbnail(t, s, msg)
			require.NoError(t, err)
			require.Equal(t, image.Rect(0, 0, 252, 252), sticker.Bounds())
			// The picture is uniformly the colour of the first sticker's first frame.
			for _, img := range []image.Image{tray, sticker} {
				r, _, b, a := img.At(50, 50).RGBA()
				require.Less(t, r>>8, uint32(12))
				require.Greater(t, b>>8, uint32(85))
				require.Equal(t, uint32(255), a>>8)
			}
		})
	}
}

func jpegThumbnail(t *testing.T, s *service, msg *waE2E.StickerPackMessage) (image.Image, error) {
	t.Helper()
	data, err := stickerpack.DownloadThumbnail(t.Context(), s.client, msg)
	require.NoError(t, err)
	return jpeg.Decode(bytes.NewReader(data))
}

func TestInvalidPackUploadsNothing(t *testing.T) {
	t.Parallel()
	s := newService(t)
	pack := packOf(3, still)
	pack.ID = "a/b"
	for _, publish := range []func() error{
		func() error { _, err := stickerpack.Publish(t.Context(), s.client, pack); return err },
		func() error { _, _, err := stickerpack.PublishNewsletter(t.Context(), s.client, pack); return err },
	} {
		var broken stickerpack.RuleErrors
		require.ErrorAs(t, publish(), &broken)
		require.Equal(t, stickerpack.RulePackID, broken[0].Rule)
	}
	_, err := stickerpack.Publish(t.Context(), s.client, nil)
	require.EqualError(t, err, "failed to publish: sticker pack is nil")
	_, _, err = stickerpack.PublishNewsletter(t.Context(), s.client, nil)
	require.EqualError(t, err, "failed to publish: sticker pack is nil")
	require.Empty(t, s.Requests())
}

func TestPublishReportsWhatFailed(t *testing.T) {
	t.Parallel()
	s := newService(t)
	t.Run("a host that refuses the upload", func(t *testing.T) {
		s.Inject("", wamediaxtest.Fault{On: wamediaxtest.Uploads, Times: -1, Do: wamediaxtest.Status(413)})
		t.Cleanup(func() { s.ClearFaults() })
		_, err := stickerpack.Publish(t.Context(), s.client, packOf(3, still))
		require.ErrorContains(t, err, "failed to upload ")
		require.ErrorIs(t, err, cdn.ErrTooLarge)
	})
	t.Run("an unreadable source", func(t *testing.T) {
		pack := packOf(3, still)
		pack.Stickers[1].WebP, pack.Stickers[1].Source = nil, io.NewSectionReader(failing{}, 0, 1000)
		_, err := stickerpack.Publish(t.Context(), s.client, pack)
		require.ErrorContains(t, err, "stickers[1]")
		require.ErrorIs(t, err, errDisk)
	})
	t.Run("a cancelled context", func(t *testing.T) {
		stop := errors.New("stopped")
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(stop)
		_, err := stickerpack.Publish(ctx, s.client, packOf(3, still))
		require.ErrorIs(t, err, stop)
	})
}

// fickle is a sticker that changes permanently at its n-th read.
type fickle struct {
	data  []byte
	reads atomic.Int64
	after int64
}

func (f *fickle) ReadAt(p []byte, offset int64) (int, error) {
	data := f.data
	if f.reads.Add(1) > f.after {
		data = append(bytes.Clone(data[:len(data)-1]), 77)
	}
	return bytes.NewReader(data).ReadAt(p, offset)
}

func TestChangeOfAStickerDuringPublishIsDetected(t *testing.T) {
	t.Parallel()
	s := newService(t)
	webp := padded(still(512, 9), 4000)
	steady := &fickle{data: webp, after: 1 << 40}
	require.NoError(t, (&stickerpack.Pack{
		ID: "id", Name: "n", Stickers: []stickerpack.Sticker{{Source: io.NewSectionReader(steady, 0, int64(len(webp)))}},
	}).Validate())
	looks := steady.reads.Swap(0)
	publish := func(f *fickle) error {
		pack := packOf(3, still)
		pack.Stickers[1].WebP, pack.Stickers[1].Source = nil, io.NewSectionReader(f, 0, int64(len(webp)))
		_, err := stickerpack.Publish(t.Context(), s.client, pack)
		return err
	}
	require.NoError(t, publish(steady))
	reads := steady.reads.Load()
	require.Greater(t, reads, looks+3)
	for after := looks + 1; after < reads; after++ { // from the moment its header in the zip is made
		err := publish(&fickle{data: webp, after: after})
		require.Error(t, err, "changed after %d of %d reads", after, reads)
		require.True(t, errors.Is(err, stickerpack.ErrStickerChanged) || errors.Is(err, streamenc.ErrSourceChanged), "%v", err)
	}
}

func TestProgressCoversTheStickers(t *testing.T) {
	t.Parallel()
	s := newService(t)
	var last wamediax.Progress
	msg, err := stickerpack.Publish(t.Context(), s.client, packOf(3, still), stickerpack.WithUpload(
		wamediax.WithProgress(func(p wamediax.Progress) { last = p }),
		wamediax.WithMediaKey(make([]byte, 32)), // ignored
	))
	require.NoError(t, err)
	require.Equal(t, streamenc.EncryptedSize(int64(msg.GetFileLength())), last.Done)
	require.NotEqual(t, make([]byte, 32), msg.MediaKey)
}

func TestNewsletterGetsTheUnencryptedPack(t *testing.T) {
	t.Parallel()
	s := newService(t)
	s.KeepBytes(1 << 20)
	msg, handle, err := stickerpack.PublishNewsletter(t.Context(), s.client, packOf(3, still))
	require.NoError(t, err)
	require.NotEmpty(t, handle)
	require.Equal(t, []string{
		"caption", "directPath", "fileLength", "fileSHA256", "name", "packDescription", "publisher",
		"stickerPackID", "stickerPackOrigin", "stickerPackSize", "stickers", "trayIconFileName",
	}, fieldsOf(msg))
	require.Equal(t, waE2E.StickerPackMessage_USER_CREATED, msg.GetStickerPackOrigin())
	require.Len(t, s.Objects(), 1)
	object := s.Objects()[0]
	require.Equal(t, "/newsletter/newsletter-sticker-pack", object.UploadPath)
	require.Equal(t, object.SHA256[:], msg.FileSHA256)
	require.True(t, bytes.HasPrefix(object.Data, []byte("PK\x03\x04")))

	pack, err := stickerpack.Download(t.Context(), s.client, msg)
	require.NoError(t, err)
	require.Equal(t, packOf(3, still).Stickers, pack.Stickers)
	_, err = stickerpack.DownloadThumbnail(t.Context(), s.client, msg)
	require.ErrorIs(t, err, whatsmeow.ErrNoURLPresent)

	before := s.Received()
	var last wamediax.Progress
	again, _, err := stickerpack.PublishNewsletter(t.Context(), s.client, packOf(3, still), stickerpack.WithMobileFields(),
		stickerpack.WithUpload(wamediax.WithProgress(func(p wamediax.Progress) { last = p })))
	require.NoError(t, err)
	require.Equal(t, fieldsOf(msg), fieldsOf(again))
	require.Equal(t, before, s.Received(), "the same pack is the same object, which the hosts hold")
	require.EqualValues(t, msg.GetFileLength(), last.Total, "the upload got its options")
}

// This test confirms on the wire what the package documentation says about SendMessage. If it fails
// because whatsmeow now supports sticker packs, remove that part of the documentation.
func TestSendMessageLabelsTheStanzaAsText(t *testing.T) {
	t.Parallel()
	s := newService(t)
	receiver, err := s.NewClient(t.Context())
	require.NoError(t, err)
	msg, err := stickerpack.Publish(t.Context(), s.client, packOf(3, still))
	require.NoError(t, err)
	plain, handle, err := stickerpack.PublishNewsletter(t.Context(), s.client, packOf(3, still))
	require.NoError(t, err)

	// Otherwise whatsmeow would fetch a privacy token in the background, and a query interrupted by
	// Close lives for another 5 s.
	//lint:ignore SA1019 no other way to store a token
	s.client.DangerousInternals().SetTCTokenSenderTS(receiver.Store.GetLID().ToNonAD(), time.Now())
	_, err = s.client.SendMessage(t.Context(), receiver.Store.GetJID().ToNonAD(), &waE2E.Message{StickerPackMessage: msg})
	require.NoError(t, err)
	newsletter := types.NewJID("120363000000000000", types.NewsletterServer)
	_, err = s.client.SendMessage(t.Context(), newsletter, &waE2E.Message{StickerPackMessage: plain}, whatsmeow.SendRequestExtra{MediaHandle: handle})
	require.NoError(t, err)

	nodes := slices.DeleteFunc(s.Nodes(), func(node waBinary.Node) bool { return node.Tag != "message" })
	require.Len(t, nodes, 2)
	for _, node := range nodes {
		require.Equal(t, "text", node.Attrs["type"], "WhatsApp's clients say media")
	}
	encrypted := nodes[0].GetChildByTag("participants", "to", "enc")
	require.Equal(t, "enc", encrypted.Tag)
	require.NotContains(t, encrypted.Attrs, "mediatype", "WhatsApp's clients say sticker_pack")

	require.Equal(t, handle, nodes[1].Attrs["media_id"])
	readable := nodes[1].GetChildByTag("plaintext")
	require.NotContains(t, readable.Attrs, "mediatype", "WhatsApp's clients say sticker_pack")
	var got waE2E.Message
	require.NoError(t, proto.Unmarshal(readable.Content.([]byte), &got))
	require.True(t, proto.Equal(plain, got.StickerPackMessage))
}
