package wamediax

import (
	"bytes"
	"context"
	"errors"
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

// Upload is a drop-in for [whatsmeow.Client.Upload]. It does not modify plaintext or its spare
// capacity.
func (c *Client) Upload(ctx context.Context, plaintext []byte, appInfo whatsmeow.MediaType) (whatsmeow.UploadResponse, error) {
	return c.dropIn(ctx, bytes.NewReader(plaintext), appInfo, nil)
}

// UploadReader is a drop-in for [whatsmeow.Client.UploadReader]. It does not close the files it is
// given.
//
// With a nil tempFile it works like [Client.UploadMedia]: a file is read in place, any other stream
// is spooled. Otherwise the encrypted object is written to tempFile, sent from there, and left
// there, as whatsmeow does. Writing starts at the beginning of a tempFile that has WriteAt, and at
// the current position of any other. plaintext and tempFile may be the same file, which is then
// overwritten.
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

// UploadNewsletter is a drop-in for [whatsmeow.Client.UploadNewsletter]. Nothing is encrypted.
func (c *Client) UploadNewsletter(ctx context.Context, data []byte, appInfo whatsmeow.MediaType) (whatsmeow.UploadResponse, error) {
	return c.dropIn(ctx, bytes.NewReader(data), appInfo, nil, ForNewsletter())
}

// UploadNewsletterReader is a drop-in for [whatsmeow.Client.UploadNewsletterReader]. Nothing is
// encrypted. data is read from its current position and not closed.
func (c *Client) UploadNewsletterReader(ctx context.Context, data io.ReadSeeker, appInfo whatsmeow.MediaType) (whatsmeow.UploadResponse, error) {
	if source.IsNil(data) {
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
	// the response has no field for it
	job, err := c.jobFor(src, appInfo, c.uploadSettings(append(opts, WithSidecar(false))))
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

// maxDropIn limits drop-in downloads to 2 GiB, WhatsApp's own limit for a document. whatsmeow has
// no limit.
const maxDropIn = 2 << 30

// Download is a drop-in for [whatsmeow.Client.Download] that resumes after broken connections and
// tries every host. Its errors match whatsmeow's with errors.Is, and include those of
// [Client.DownloadBytes].
func (c *Client) Download(ctx context.Context, msg whatsmeow.DownloadableMessage) ([]byte, error) {
	media, err := message.Locate(msg)
	if err != nil {
		return nil, err
	}
	return c.downloadLocated(ctx, media)
}

// DownloadAny is a drop-in for [whatsmeow.Client.DownloadAny]. It downloads the first media in msg
// and does not look into nested messages; [MediaIn] does.
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

// DownloadThumbnail is a drop-in for [whatsmeow.Client.DownloadThumbnail]: it downloads the picture
// of a link preview. msg must be a *waE2E.ExtendedTextMessage.
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

// DownloadMediaWithOnlyPath is a drop-in for [whatsmeow.Client.DownloadMediaWithOnlyPath]. The
// result is NOT verified.
func (c *Client) DownloadMediaWithOnlyPath(ctx context.Context, directPath string) ([]byte, error) {
	return c.DownloadMediaWithPath(ctx, directPath, nil, nil, nil, "", "", true)
}

// DownloadMediaWithPath is a drop-in for [whatsmeow.Client.DownloadMediaWithPath]. Media without a
// key is verified by fileHash, which may be empty only with allowNoHash.
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

// DownloadToFile is a drop-in for [whatsmeow.Client.DownloadToFile]. It overwrites file from its
// beginning. After an error file is empty, whereas whatsmeow leaves unverified bytes in it.
func (c *Client) DownloadToFile(ctx context.Context, msg whatsmeow.DownloadableMessage, file whatsmeow.File) error {
	media, err := message.Locate(msg)
	if err != nil {
		return err
	}
	return c.downloadLocatedTo(ctx, media, file)
}

// DownloadFBToFile is a drop-in for [whatsmeow.Client.DownloadFBToFile]. It treats file as
// [Client.DownloadToFile] does.
func (c *Client) DownloadFBToFile(
	ctx context.Context,
	transport *waMediaTransport.WAMediaTransport_Integral,
	mediaType whatsmeow.MediaType,
	file whatsmeow.File,
) error {
	return c.downloadLocatedTo(ctx, message.LocateIntegral(transport, mediaType), file)
}

// DownloadMediaWithOnlyPathToFile is a drop-in for
// [whatsmeow.Client.DownloadMediaWithOnlyPathToFile]. What it writes is NOT verified.
func (c *Client) DownloadMediaWithOnlyPathToFile(ctx context.Context, directPath string, file whatsmeow.File) error {
	return c.DownloadMediaWithPathToFile(ctx, directPath, nil, nil, nil, "", "", true, file)
}

// DownloadMediaWithPathToFile is a drop-in for [whatsmeow.Client.DownloadMediaWithPathToFile]. It
// treats file as [Client.DownloadToFile] does.
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

// beginLocated starts a download of m. The caller must call end.
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
	if source.IsNil(file) {
		return errors.New("failed to download media: file is nil")
	}
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
		_ = dst.Restart() // its bytes are not verified
	}
	return err
}

// wholeFile is a download destination that a retry can empty.
type wholeFile struct{ whatsmeow.File }

// Restart empties the file.
func (f wholeFile) Restart() error {
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	return f.Truncate(0)
}
