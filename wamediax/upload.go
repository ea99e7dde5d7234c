package wamediax

import (
	"context"
	"errors"
	"fmt"
	"io"

	"go.mau.fi/whatsmeow"

	"github.com/wamediax/whatsmeow-ext/wamediax/internal/source"
	"github.com/wamediax/whatsmeow-ext/wamediax/resume"
	"github.com/wamediax/whatsmeow-ext/wamediax/streamenc"
)

// UploadOption is a setting of one upload.
type UploadOption func(*uploadSettings)

type uploadSettings struct {
	mediaKey []byte
	sidecar  *bool // nil: as the media type wants it
	progress func(Progress)
	resumeID string

	// What the drop-in methods need and nobody else.
	newsletter bool
	scratch    source.Scratch
	coverPhoto bool // the cover photo of a business profile

	// What UploadLive needs and nobody else.
	liveChunk       int64 // bytes, a multiple of 16
	noSpoolFallback bool

	// What UploadAll needs and nobody else.
	run     *uploadRun    // nil: this upload is alone
	version string        // of what is uploaded under resumeID; "": not known
	noted   func() []byte // what the source, read to its end, says of itself; nil: nothing
	adopted bool          // set by the upload: it got what another one of the run has uploaded

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

// WithResumeID names this upload in the resume store ([WithResumeStore]), so that the same media under the same name goes
// on from where it was, also after a restart of the program. A regular file needs no name: its path is one. Without a store
// it does nothing. What is uploaded under a name may change: it is compared by its hash.
func WithResumeID(id string) UploadOption {
	return func(s *uploadSettings) { s.resumeID = id }
}

func (s *uploadSettings) wantsSidecar() bool {
	if s.sidecar != nil {
		return *s.sidecar
	}
	return s.mediaType == whatsmeow.MediaAudio || s.mediaType == whatsmeow.MediaVideo
}

func (s *uploadSettings) note() []byte {
	if s.noted == nil {
		return nil
	}
	return s.noted()
}

func (s *uploadSettings) encryption() []streamenc.Option {
	opts := []streamenc.Option{
		streamenc.WithSidecar(s.wantsSidecar()),
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
	if err := c.aim(mediaType, s); err != nil {
		return nil, err
	}
	obj, resp, err := c.uploadObject(ctx, src, s)
	if err != nil {
		return nil, err
	}
	return uploadedFrom(obj, resp, s), nil
}

// aim completes the settings of an upload of that type, and checks them.
func (c *Client) aim(mediaType whatsmeow.MediaType, s *uploadSettings) (err error) {
	if c == nil || c.Client == nil {
		return whatsmeow.ErrClientIsNil
	}
	s.mediaType = mediaType
	if s.coverPhoto {
		s.dest = coverPhotoDestination
	} else if s.dest, err = destinationOf(mediaType, s.newsletter, c.MessengerConfig != nil); err != nil {
		return err
	}
	if s.mediaKey != nil && !s.dest.encrypted {
		return streamenc.ErrNotEncrypted
	}
	return nil
}

// uploadObject uploads what src holds to where s aims at.
func (c *Client) uploadObject(ctx context.Context, src io.Reader, s *uploadSettings) (*object, resume.Response, error) {
	mem, err := c.remember(ctx, src, s)
	if err != nil {
		return nil, resume.Response{}, err
	}
	defer mem.release()
	if err := c.takeTurn(ctx); err != nil {
		return nil, resume.Response{}, err
	}
	defer c.endTurn()
	return c.deliver(ctx, src, s, mem)
}

// uploadedFrom is what the caller gets to know of an object that lies on the CDN.
func uploadedFrom(obj *object, resp resume.Response, s *uploadSettings) *Uploaded {
	up := &Uploaded{
		UploadResponse: whatsmeow.UploadResponse{
			URL: resp.URL, DirectPath: resp.DirectPath, Handle: resp.Handle, ObjectID: resp.ObjectID,
			MediaKey: obj.info.MediaKey, FileEncSHA256: obj.info.FileEncSHA256,
			FileSHA256: obj.info.FileSHA256, FileLength: uint64(obj.info.FileLength),
		},
		StreamingSidecar: obj.info.Sidecar,
		Mimetype:         obj.mimetype,
		BytesSent:        resp.Sent,
		Resumed:          resp.Resumed,

		firstFrameLength:  obj.info.FirstFrameLength,
		firstFrameSidecar: obj.info.FirstFrameSidecar,
	}
	if s.dest.encrypted {
		up.MediaKeyTimestamp = obj.made
	}
	return up
}

// deliver prepares what src holds and sends it, going on from what mem knows of an earlier upload.
func (c *Client) deliver(ctx context.Context, src io.Reader, s *uploadSettings, mem *remembered) (*object, resume.Response, error) {
	reports := &reporter{report: s.progress}
	encrypting := func(read, total int64) { reports.done(Encrypting, read, total) }
	obj, err := mem.recall(ctx, src, s, encrypting)
	if err != nil {
		return nil, resume.Response{}, err
	}
	if obj != nil && obj.recalled {
		there, resp, err := c.deliverOnce(ctx, obj, s, mem, reports)
		if !errors.Is(err, streamenc.ErrSourceChanged) {
			return there, resp, err
		}
		obj = nil // it looked unchanged, but is not: none of the change has left, and the recorded key is not used for it
	}
	if obj == nil {
		if obj, err = c.prepare(ctx, src, s, encrypting); err != nil {
			return nil, resume.Response{}, err
		}
	}
	there, resp, err := c.deliverOnce(ctx, obj, s, mem, reports)
	if errors.Is(err, streamenc.ErrSourceChanged) {
		mem.forget(ctx)
	}
	return there, resp, err
}

// deliverOnce sends obj, or, if another upload of the same run has sent the same or is about to, waits for that. It returns
// the object that lies on the CDN.
func (c *Client) deliverOnce(ctx context.Context, obj *object, s *uploadSettings, mem *remembered, reports *reporter) (*object, resume.Response, error) {
	if s.run != nil {
		return s.run.deliver(ctx, obj, s, mem, reports)
	}
	if !obj.recalled {
		mem.write(ctx, obj, s)
	}
	resp, err := c.deliverPrepared(ctx, obj, s, mem, reports)
	return obj, resp, err
}

// deliverPrepared sends obj and lets go of it.
func (c *Client) deliverPrepared(ctx context.Context, obj *object, s *uploadSettings, mem *remembered, reports *reporter) (resume.Response, error) {
	resp, err := c.send(ctx, obj, s.dest, reports)
	if err == nil {
		mem.done(ctx, &resp)
	}
	if closeErr := obj.Close(); err == nil && closeErr != nil {
		c.Log.Warnf("Failed to remove a temporary file: %v", closeErr)
	}
	return resp, err
}

// send puts a prepared object onto the CDN.
func (c *Client) send(ctx context.Context, obj *object, dest destination, reports *reporter) (resume.Response, error) {
	resp, err := c.uploaderTo(dest).Upload(ctx, resume.Object{
		Path:     dest.path,
		Token:    resume.Token(obj.token()),
		Body:     obj.body,
		MayExist: obj.mayExist,
		Probe:    obj.recalled || obj.sought,
		Naming:   dest.naming,
		OnAttempt: func(a resume.Attempt) {
			if a.After != nil {
				c.Log.Warnf("Upload goes on with attempt %d at byte %d of %d on %s after: %v", a.Number, a.Offset, obj.body.Size(), a.Host, a.After)
			}
			reports.attempt(a, obj.body.Size())
		},
	}, func(sent, total int64) { reports.done(Uploading, sent, total) })
	if errors.Is(err, resume.ErrChanged) { // where nothing is encrypted only the host can tell
		err = fmt.Errorf("%w: %w", streamenc.ErrSourceChanged, err)
	}
	return resp, err
}

// uploaderTo sends to the hosts that take dest's kind of media.
func (c *Client) uploaderTo(dest destination) *resume.Uploader {
	opts := append([]resume.Option{resume.WithHTTPClient(c.http.Load())}, c.uploading...)
	return resume.NewUploader(uploadConns{c.conns, dest}, opts...)
}
