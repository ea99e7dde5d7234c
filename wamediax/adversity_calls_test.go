package wamediax_test

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"

	"github.com/wamediax/whatsmeow-ext/wamediax"
	"github.com/wamediax/whatsmeow-ext/wamediax/internal/webpfile/webptest"
	"github.com/wamediax/whatsmeow-ext/wamediax/productimg"
	"github.com/wamediax/whatsmeow-ext/wamediax/retry"
	"github.com/wamediax/whatsmeow-ext/wamediax/stickerpack"
)

// publicCall is a call of a client's, or of a package that is given one.
type publicCall struct {
	name       string
	remembered bool // it uses the resume store
	do         func(context.Context, *wamediax.Client) error
}

// publicCalls are all that use the network, on media that is on the CDN of s.
func publicCalls(t *testing.T, s *service) []publicCall {
	msg := s.posted(t, content(100_000))
	packMsg := s.postedPack(t)
	opened := func(data []byte) *os.File { return fileOf(t, data) }
	data, doc := content(100_000), whatsmeow.MediaDocument
	path := fileOf(t, data).Name()
	picture := pictureOf(t)
	picturePath := fileOf(t, picture).Name()
	photo := wamediax.CoverPhoto{ID: "1", Token: "token", Timestamp: time.Unix(1, 0)}
	question := retry.Request{MessageID: "3EB0AA", Chat: info("3EB0AA").Chat, MediaKey: key32}
	return []publicCall{
		{"UploadMedia of a file", true, func(ctx context.Context, c *wamediax.Client) error {
			_, err := c.UploadMedia(ctx, opened(data), doc)
			return err
		}},
		{"UploadMedia under a name", true, func(ctx context.Context, c *wamediax.Client) error {
			_, err := c.UploadMedia(ctx, stream(data), doc, wamediax.WithResumeID("name"))
			return err
		}},
		{"UploadMedia of a stream", false, func(ctx context.Context, c *wamediax.Client) error {
			_, err := c.UploadMedia(ctx, stream(data), doc)
			return err
		}},
		{"UploadLive", false, func(ctx context.Context, c *wamediax.Client) error {
			_, err := c.UploadLive(ctx, stream(data), whatsmeow.MediaAudio)
			return err
		}},
		{"UploadAll", true, func(ctx context.Context, c *wamediax.Client) (err error) {
			for _, outcome := range c.UploadAll(ctx, []wamediax.UploadItem{{MediaType: doc, Path: path}}) {
				err = outcome.Err
			}
			return err
		}},
		{"Upload", false, func(ctx context.Context, c *wamediax.Client) error {
			_, err := c.Upload(ctx, data, doc)
			return err
		}},
		{"UploadReader of a file", true, func(ctx context.Context, c *wamediax.Client) error {
			_, err := c.UploadReader(ctx, opened(data), nil, doc)
			return err
		}},
		{"UploadReader with a temporary file", false, func(ctx context.Context, c *wamediax.Client) error {
			_, err := c.UploadReader(ctx, stream(data), opened(nil), doc)
			return err
		}},
		{"UploadNewsletter", false, func(ctx context.Context, c *wamediax.Client) error {
			_, err := c.UploadNewsletter(ctx, data, whatsmeow.MediaImage)
			return err
		}},
		{"UploadNewsletterReader of a file", true, func(ctx context.Context, c *wamediax.Client) error {
			_, err := c.UploadNewsletterReader(ctx, opened(data), whatsmeow.MediaImage)
			return err
		}},
		{"UploadCoverPhoto", false, func(ctx context.Context, c *wamediax.Client) error {
			_, err := c.UploadCoverPhoto(ctx, bytes.NewReader(data))
			return err
		}},
		{"productimg.Upload of a file", true, func(ctx context.Context, c *wamediax.Client) error {
			_, err := productimg.Upload(ctx, c, opened(picture))
			return err
		}},
		{"productimg.Sync", true, func(ctx context.Context, c *wamediax.Client) (err error) {
			for _, outcome := range productimg.Sync(ctx, c, []productimg.Item{{ProductID: "1", Path: picturePath}}) {
				err = outcome.Err
			}
			return err
		}},
		{"stickerpack.Publish", false, func(ctx context.Context, c *wamediax.Client) error {
			_, err := stickerpack.Publish(ctx, c, packOf(t))
			return err
		}},
		{"stickerpack.PublishNewsletter", false, func(ctx context.Context, c *wamediax.Client) error {
			_, _, err := stickerpack.PublishNewsletter(ctx, c, packOf(t))
			return err
		}},
		{"DownloadTo", false, func(ctx context.Context, c *wamediax.Client) error {
			_, err := c.DownloadTo(ctx, io.Discard, msg)
			return err
		}},
		{"DownloadFile", false, func(ctx context.Context, c *wamediax.Client) error {
			dir := t.TempDir()
			_, err := c.DownloadFile(ctx, dir+"/file", msg)
			if err != nil {
				requireEmpty(t, dir)
			}
			return err
		}},
		{"DownloadBytes", false, func(ctx context.Context, c *wamediax.Client) error {
			_, _, err := c.DownloadBytes(ctx, msg)
			return err
		}},
		{"OpenMedia", false, func(ctx context.Context, c *wamediax.Client) error {
			media, err := c.OpenMedia(ctx, msg)
			if err == nil {
				err = media.Close()
			}
			return err
		}},
		{"Download", false, func(ctx context.Context, c *wamediax.Client) error {
			_, err := c.Download(ctx, msg)
			return err
		}},
		{"DownloadToFile", false, func(ctx context.Context, c *wamediax.Client) error {
			return c.DownloadToFile(ctx, msg, opened(nil))
		}},
		{"stickerpack.Download", false, func(ctx context.Context, c *wamediax.Client) error {
			_, err := stickerpack.Download(ctx, c, packMsg)
			return err
		}},
		{"Reupload", false, func(ctx context.Context, c *wamediax.Client) error {
			_, err := c.Reupload(ctx, question)
			return err
		}},
		{"SetCoverPhoto", false, func(ctx context.Context, c *wamediax.Client) error { return c.SetCoverPhoto(ctx, photo) }},
		{"RemoveCoverPhoto", false, func(ctx context.Context, c *wamediax.Client) error { return c.RemoveCoverPhoto(ctx, "1") }},
	}
}

func pictureOf(t *testing.T) []byte {
	var out bytes.Buffer
	require.NoError(t, png.Encode(&out, image.NewGray(image.Rect(0, 0, 8, 8))))
	return out.Bytes()
}

// packOf is a sticker pack that breaks no rule.
func packOf(t *testing.T) *stickerpack.Pack {
	var thumbnail bytes.Buffer
	require.NoError(t, jpeg.Encode(&thumbnail, image.NewGray(image.Rect(0, 0, 252, 252)), nil))
	blue := color.NRGBA{B: 200, A: 255}
	return &stickerpack.Pack{
		ID: "4fd4787a-6411", Name: "Colours", Publisher: "A painter",
		TrayIcon: webptest.OneColour(96, 96, blue), Thumbnail: thumbnail.Bytes(),
		Stickers: []stickerpack.Sticker{{WebP: webptest.OneColour(512, 512, blue), Emojis: []string{"🎨"}}},
	}
}

// postedPack puts a sticker pack onto the CDN.
func (s *service) postedPack(t *testing.T) *waE2E.StickerPackMessage {
	other := wamediax.Wrap(s.receiver(t), wamediax.WithHTTPClient(s.HTTPClient()))
	msg, err := stickerpack.Publish(t.Context(), other, packOf(t))
	require.NoError(t, err)
	return msg
}
