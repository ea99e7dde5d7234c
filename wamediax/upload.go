package wamediax

import (
	"context"
	"encoding/base64"
	"io"
	"time"

	"go.mau.fi/whatsmeow"

	"github.com/wamediax/whatsmeow-ext/wamediax/resume"
	"github.com/wamediax/whatsmeow-ext/wamediax/streamenc"
)

// UploadOption is a setting of one upload.
type UploadOption func(*uploadSettings)

type uploadSettings struct {
	mediaKey []byte
	sidecar  *bool // nil: as the media type wants it
	progress func(Progress)

	// What the drop-in methods need and nobody else.
	newsletter bool
	scratch    scratch

	dest      destination
	mediaType whatsmeow.MediaType
}

// WithMediaKey encrypts under key, 32 bytes that are secret and random, in place of a fresh one. A key must never be used
// for two different plaintexts; the thumbnail of a sticker pack, which shares the pack's, is the one exception.
// Any other length is [streamenc.ErrKeySize]. The key is copied.
func WithMediaKey(key []byte) UploadOption {
	return func(s *uploadSettings) { s.mediaKey = append([]byte{}, key...) }
}

// WithProgress calls report as the upload goes on: at the beginning of each stage and attempt, at the end, and at most ten
// times a second in between; one call at a time, never after the upload has returned. report must not block for long: the
// upload waits for it.
func WithProgress(report func(Progress)) UploadOption {
	return func(s *uploadSettings) { s.progress = report }
}

// WithSidecar makes the streaming sidecar, with which a player can verify and play while it still downloads, or does not.
// Without this option audio and video get one, as from WhatsApp Web.
func WithSidecar(on bool) UploadOption {
	return func(s *uploadSettings) { s.sidecar = &on }
}

func (s *uploadSettings) encryption() []streamenc.Option {
	sidecar := s.mediaType == whatsmeow.MediaAudio || s.mediaType == whatsmeow.MediaVideo
	if s.sidecar != nil {
		sidecar = *s.sidecar
	}
	opts := []streamenc.Option{
		streamenc.WithSidecar(sidecar),
		streamenc.WithFirstFrameSidecar(s.mediaType == MediaSticker), // costs nothing for what is no animated WebP
	}
	if s.mediaKey != nil {
		opts = append(opts, streamenc.WithKey(s.mediaKey))
	}
	return opts
}

// UploadMedia encrypts what src holds, from its current position to its end, and uploads it. For [MediaProductImage] it
// does not encrypt.
//
// If src is a regular *os.File, a *bytes.Reader, or anything else with ReadAt and a Size, it is read twice, in place: once
// for the hashes and once while it is sent. Nothing is stored, its position does not move, and a change in between is
// noticed ([streamenc.ErrSourceChanged]). Any other src is read once; its ciphertext is kept in memory up to a bound
// ([WithSpoolMemory]) and in a temporary file beyond, until it is sent. A Read of src that is under way when ctx ends is
// waited for.
//
// The errors are those of [resume.Uploader.Upload] and [streamenc.Encrypt], src's own, [whatsmeow.ErrUnknownMediaType], and
// where the WhatsApp socket is needed and stays down, whatsmeow's.
func (c *Client) UploadMedia(ctx context.Context, src io.Reader, mediaType whatsmeow.MediaType, opts ...UploadOption) (*Uploaded, error) {
	var s uploadSettings
	for _, opt := range opts {
		opt(&s)
	}
	return c.upload(ctx, src, mediaType, &s)
}

func (c *Client) upload(ctx context.Context, src io.Reader, mediaType whatsmeow.MediaType, s *uploadSettings) (*Uploaded, error) {
	if c == nil || c.Client == nil {
		return nil, whatsmeow.ErrClientIsNil
	}
	var err error
	s.mediaType = mediaType
	if s.dest, err = destinationOf(mediaType, s.newsletter, c.MessengerConfig != nil); err != nil {
		return nil, err
	}
	if s.mediaKey != nil && !s.dest.encrypted {
		return nil, streamenc.ErrNotEncrypted
	}
	reports := &reporter{report: s.progress}
	keyTime := time.Now()
	obj, err := c.prepare(ctx, src, mediaType, s, func(read, total int64) { reports.done(Encrypting, read, total) })
	if err != nil {
		return nil, err
	}
	defer obj.Close()
	resp, err := c.send(ctx, obj, s.dest, reports)
	if err != nil {
		return nil, err
	}
	up := &Uploaded{
		UploadResponse: whatsmeow.UploadResponse{
			URL: resp.URL, DirectPath: resp.DirectPath, Handle: resp.Handle, ObjectID: resp.ObjectID,
			MediaKey: obj.info.MediaKey, FileEncSHA256: obj.info.FileEncSHA256,
			FileSHA256: obj.info.FileSHA256, FileLength: uint64(obj.info.FileLength),
		},
		StreamingSidecar: obj.info.Sidecar,

		firstFrameLength: obj.info.FirstFrameLength, firstFrameSidecar: obj.info.FirstFrameSidecar,

		Mimetype:  sniff(obj.head),
		BytesSent: resp.Sent,
		Resumed:   resp.Resumed,
	}
	if s.dest.encrypted {
		up.MediaKeyTimestamp = keyTime.Truncate(time.Second)
	}
	return up, nil
}

// send puts a prepared object onto the CDN.
func (c *Client) send(ctx context.Context, obj *object, dest destination, reports *reporter) (resume.Response, error) {
	opts := append([]resume.Option{resume.WithHTTPClient(c.http.Load())}, c.uploading...)
	uploader := resume.NewUploader(uploadConns{cache: c.conns, dest: dest}, opts...)
	return uploader.Upload(ctx, resume.Object{
		Path:  dest.path,
		Token: base64.RawURLEncoding.EncodeToString(obj.token()),
		Body:  obj.body,
		OnAttempt: func(a resume.Attempt) {
			if a.After != nil {
				c.Log.Warnf("Upload goes on with attempt %d at byte %d of %d on %s after: %v", a.Number, a.Offset, obj.body.Size(), a.Host, a.After)
			}
			reports.attempt(a, obj.body.Size())
		},
	}, func(sent, total int64) { reports.done(Uploading, sent, total) })
}
