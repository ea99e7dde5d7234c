package wamediax

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/proto/waMediaTransport"

	"github.com/wamediax/whatsmeow-ext/wamediax/fetch"
	"github.com/wamediax/whatsmeow-ext/wamediax/internal/message"
	"github.com/wamediax/whatsmeow-ext/wamediax/internal/source"
)

// Upload is a drop-in for [whatsmeow.Client.Upload]. plaintext is only read, its spare capacity is not touched.
func (c *Client) Upload(ctx context.Context, plaintext []byte, appInfo whatsmeow.MediaType) (whatsmeow.UploadResponse, error) {
	return c.dropIn(ctx, bytes.NewReader(plaintext), appInfo, nil)
}

// UploadReader is a drop-in for [whatsmeow.Client.UploadReader].
//
// With a nil tempFile it is [Client.UploadMedia]: a file is read in place, a plain stream is spooled. A tempFile is used
// as whatsmeow uses it: the encrypted object is written there, from the beginning if it has WriteAt and from its position
// otherwise, sent from there, and stays. The same file may be given as both; then it is overwritten. Either way the
// caller's files stay open.
func (c *Client) UploadReader(ctx context.Context, plaintext io.Reader, tempFile io.ReadWriteSeeker, appInfo whatsmeow.MediaType) (whatsmeow.UploadResponse, error) {
	if tempFile == nil {
		return c.dropIn(ctx, plaintext, appInfo, nil)
	}
	scratch, err := source.ScratchOn(tempFile)
	if err != nil {
		return whatsmeow.UploadResponse{}, err
	}
	return c.dropIn(ctx, plaintext, appInfo, scratch)
}

// UploadNewsletter is a drop-in for [whatsmeow.Client.UploadNewsletter]: nothing is encrypted.
func (c *Client) UploadNewsletter(ctx context.Context, data []byte, appInfo whatsmeow.MediaType) (whatsmeow.UploadResponse, error) {
	return c.dropIn(ctx, bytes.NewReader(data), appInfo, nil, ForNewsletter())
}

// UploadNewsletterReader is a drop-in for [whatsmeow.Client.UploadNewsletterReader]: nothing is encrypted. data is read
// from its position on and stays open.
func (c *Client) UploadNewsletterReader(ctx context.Context, data io.ReadSeeker, appInfo whatsmeow.MediaType) (whatsmeow.UploadResponse, error) {
	if isNil(data) {
		return whatsmeow.UploadResponse{}, errNilSource
	}
	var src io.Reader = data
	if _, ok := source.InPlace(data); !ok && !source.IsFile(data) {
		section, err := source.Seeked(data)
		if err != nil {
			return whatsmeow.UploadResponse{}, err
		}
		src = section
	}
	return c.dropIn(ctx, src, appInfo, nil, ForNewsletter())
}

func (c *Client) dropIn(ctx context.Context, src io.Reader, appInfo whatsmeow.MediaType, scratch source.Scratch, opts ...UploadOption) (whatsmeow.UploadResponse, error) {
	if err := c.check(); err != nil {
		return whatsmeow.UploadResponse{}, err
	}
	job, err := c.jobFor(src, appInfo, c.uploadSettings(append(opts, WithSidecar(false)))) // the response has no field for it
	if err != nil {
		return whatsmeow.UploadResponse{}, err
	}
	job.Scratch, job.AsWhatsmeow = scratch, true
	result, err := c.run(ctx, job)
	if err != nil {
		return whatsmeow.UploadResponse{}, err
	}
	return uploadedFrom(job, result, nil).UploadResponse, nil
}

// maxDropIn is how many bytes the drop-in downloads accept: WhatsApp's own limit for a document, 2 GiB. whatsmeow has none.
const maxDropIn = 2 << 30

// Download is a drop-in for [whatsmeow.Client.Download]: it goes on after broken connections and asks every host. Its errors
// are whatsmeow's for errors.Is, and those of [Client.DownloadBytes].
func (c *Client) Download(ctx context.Context, msg whatsmeow.DownloadableMessage) ([]byte, error) {
	media, err := message.Locate(msg)
	if err != nil {
		return nil, err
	}
	return c.downloadLocated(ctx, media)
}

// DownloadAny is a drop-in for [whatsmeow.Client.DownloadAny]: it downloads the first media in msg, without looking into
// messages within it.
func (c *Client) DownloadAny(ctx context.Context, msg *waE2E.Message) ([]byte, error) {
	switch {
	case msg.GetImageMessage() != nil:
		return c.Download(ctx, msg.ImageMessage)
	case msg.GetVideoMessage() != nil:
		return c.Download(ctx, msg.VideoMessage)
	case msg.GetAudioMessage() != nil:
		return c.Download(ctx, msg.AudioMessage)
	case msg.GetDocumentMessage() != nil:
		return c.Download(ctx, msg.DocumentMessage)
	case msg.GetStickerMessage() != nil:
		return c.Download(ctx, msg.StickerMessage)
	}
	return nil, whatsmeow.ErrNothingDownloadableFound
}

// DownloadThumbnail is a drop-in for [whatsmeow.Client.DownloadThumbnail]: of an ExtendedTextMessage, the link's picture.
func (c *Client) DownloadThumbnail(ctx context.Context, msg whatsmeow.DownloadableThumbnail) ([]byte, error) {
	if _, ok := msg.(*waE2E.ExtendedTextMessage); !ok {
		return nil, fmt.Errorf("%w %T", whatsmeow.ErrUnknownMediaType, msg)
	}
	if msg.GetThumbnailDirectPath() == "" {
		return nil, whatsmeow.ErrNoURLPresent
	}
	return c.downloadLocated(ctx, &message.Located{
		DirectPath: msg.GetThumbnailDirectPath(), EncSHA256: msg.GetThumbnailEncSHA256(), SHA256: msg.GetThumbnailSHA256(),
		Key: msg.GetMediaKey(), MediaType: whatsmeow.MediaLinkThumbnail,
	})
}

// DownloadFB is a drop-in for [whatsmeow.Client.DownloadFB].
func (c *Client) DownloadFB(ctx context.Context, transport *waMediaTransport.WAMediaTransport_Integral, mediaType whatsmeow.MediaType) ([]byte, error) {
	return c.downloadLocated(ctx, message.LocateIntegral(transport, mediaType))
}

// DownloadMediaWithOnlyPath is a drop-in for [whatsmeow.Client.DownloadMediaWithOnlyPath]. Nothing of what it returns is
// verified.
func (c *Client) DownloadMediaWithOnlyPath(ctx context.Context, directPath string) ([]byte, error) {
	return c.DownloadMediaWithPath(ctx, directPath, nil, nil, nil, "", "", true)
}

// DownloadMediaWithPath is a drop-in for [whatsmeow.Client.DownloadMediaWithPath]. Media without a key is verified by
// fileHash; with allowNoHash it may have none.
func (c *Client) DownloadMediaWithPath(
	ctx context.Context,
	directPath string,
	encFileHash, fileHash, mediaKey []byte,
	mediaType whatsmeow.MediaType,
	mmsType string,
	allowNoHash bool,
) ([]byte, error) {
	return c.downloadLocated(ctx, located(directPath, encFileHash, fileHash, mediaKey, mediaType, mmsType, allowNoHash))
}

// DownloadToFile is a drop-in for [whatsmeow.Client.DownloadToFile]. The file is overwritten from its beginning. After an
// error it is empty, whereas whatsmeow leaves in it what came.
func (c *Client) DownloadToFile(ctx context.Context, msg whatsmeow.DownloadableMessage, file whatsmeow.File) error {
	media, err := message.Locate(msg)
	if err != nil {
		return err
	}
	return c.downloadLocatedTo(ctx, media, file)
}

// DownloadFBToFile is a drop-in for [whatsmeow.Client.DownloadFBToFile]. See [Client.DownloadToFile] for what happens to file.
func (c *Client) DownloadFBToFile(
	ctx context.Context,
	transport *waMediaTransport.WAMediaTransport_Integral,
	mediaType whatsmeow.MediaType,
	file whatsmeow.File,
) error {
	return c.downloadLocatedTo(ctx, message.LocateIntegral(transport, mediaType), file)
}

// DownloadMediaWithOnlyPathToFile is a drop-in for [whatsmeow.Client.DownloadMediaWithOnlyPathToFile]. Nothing of what it
// writes is verified.
func (c *Client) DownloadMediaWithOnlyPathToFile(ctx context.Context, directPath string, file whatsmeow.File) error {
	return c.DownloadMediaWithPathToFile(ctx, directPath, nil, nil, nil, "", "", true, file)
}

// DownloadMediaWithPathToFile is a drop-in for [whatsmeow.Client.DownloadMediaWithPathToFile]. See [Client.DownloadToFile]
// for what happens to file.
func (c *Client) DownloadMediaWithPathToFile(
	ctx context.Context,
	directPath string,
	encFileHash, fileHash, mediaKey []byte,
	mediaType whatsmeow.MediaType,
	mmsType string,
	allowNoHash bool,
	file whatsmeow.File,
) error {
	return c.downloadLocatedTo(ctx, located(directPath, encFileHash, fileHash, mediaKey, mediaType, mmsType, allowNoHash), file)
}

func located(directPath string, encFileHash, fileHash, mediaKey []byte, mediaType whatsmeow.MediaType, mmsType string, allowNoHash bool) *message.Located {
	return &message.Located{
		DirectPath: directPath, EncSHA256: encFileHash, SHA256: fileHash, Key: mediaKey, MediaType: mediaType,
		MMSType: mmsType, AllowNoHash: allowNoHash,
	}
}

// beginLocated begins a call that downloads m. The caller must call end.
func (c *Client) beginLocated(ctx context.Context, m *message.Located) (*download, error) {
	if m.DirectPath != "" && !strings.HasPrefix(m.DirectPath, "/") {
		return nil, fmt.Errorf("media download path does not start with slash: %s", m.DirectPath)
	}
	d, err := c.beginDownload(ctx, m, []DownloadOption{WithLimit(maxDropIn)})
	if err == nil && m.AllowNoHash {
		d.opts = append(d.opts, fetch.WithoutHashes())
	}
	return d, err
}

func (c *Client) downloadLocated(ctx context.Context, m *message.Located) ([]byte, error) {
	d, err := c.beginLocated(ctx, m)
	if err != nil {
		return nil, err
	}
	defer d.end()
	data, _, err := d.Bytes(d.ctx, m, d.opts...)
	return data, err
}

func (c *Client) downloadLocatedTo(ctx context.Context, m *message.Located, file whatsmeow.File) error {
	d, err := c.beginLocated(ctx, m)
	if err != nil {
		return err
	}
	defer d.end()
	dst := wholeFile{file}
	if err = dst.Restart(); err != nil {
		return fmt.Errorf("failed to empty the file: %w", err)
	}
	if _, err = d.To(d.ctx, dst, m, d.opts...); err != nil {
		_ = dst.Restart() // what came is not verified
	}
	return err
}

// wholeFile is a file that is written from its beginning.
type wholeFile struct{ whatsmeow.File }

// Restart empties the file.
func (f wholeFile) Restart() error {
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	return f.Truncate(0)
}
