package wamediax

import (
	"context"
	"fmt"
	"io"

	"go.mau.fi/whatsmeow"

	"github.com/wamediax/whatsmeow-ext/wamediax/internal/mediatype"
	"github.com/wamediax/whatsmeow-ext/wamediax/internal/upload"
	"github.com/wamediax/whatsmeow-ext/wamediax/streamenc"
)

// Media types that whatsmeow does not name.
const (
	// MediaSticker: stickers are sent as images.
	MediaSticker = mediatype.Sticker
	// MediaStickerPackThumbnail is the preview of a sticker pack. It goes under the media key of the pack's zip.
	MediaStickerPackThumbnail = mediatype.StickerPackThumbnail
	// MediaProductImage is a picture of a WhatsApp Business catalog. It is never encrypted.
	MediaProductImage = mediatype.ProductImage
)

// Kind is what people see a media as: a voice message, for example, is [whatsmeow.MediaAudio] and [KindPTT]. Kinds of one
// media type are encrypted alike. See [WithKind].
type Kind = mediatype.Kind

const (
	KindImage       = mediatype.KindImage
	KindSticker     = mediatype.KindSticker
	KindVideo       = mediatype.KindVideo
	KindGIF         = mediatype.KindGIF // a video that repeats without sound
	KindPTV         = mediatype.KindPTV // a video note
	KindAudio       = mediatype.KindAudio
	KindPTT         = mediatype.KindPTT // a voice message
	KindDocument    = mediatype.KindDocument
	KindStickerPack = mediatype.KindStickerPack
)

// UploadMedia encrypts what src holds, from its current position to its end, and uploads it. For [MediaProductImage] it
// does not encrypt.
//
// If src is a regular *os.File, a *bytes.Reader, or anything else with ReadAt and a Size, it is read in place: once for the
// hashes, and once more while it is sent unless it is small. Nothing is stored, its position does not move, and no changed
// byte is sent: a change in between is [streamenc.ErrSourceChanged]. Any other src is read once; its ciphertext is kept in
// memory up to a bound ([WithSpoolMemory]) and in a temporary file beyond, until it is sent. If a Read of src is under way
// when ctx ends, UploadMedia waits for it.
//
// The errors are those of [resume.Uploader.Upload] and [streamenc.Encrypt], src's own, [whatsmeow.ErrUnknownMediaType],
// [ErrClosed], and where the WhatsApp socket is needed and stays down, whatsmeow's.
func (c *Client) UploadMedia(ctx context.Context, src io.Reader, mediaType whatsmeow.MediaType, opts ...UploadOption) (*Uploaded, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	s := c.uploadSettings(opts)
	job, err := c.jobFor(src, mediaType, s)
	if err != nil {
		return nil, err
	}
	result, err := c.run(ctx, c.previewing(job, s.preview))
	if err != nil {
		return nil, err
	}
	return uploadedFrom(job, result, knownPreview(src, s.preview)), nil
}

// uploadSettings are the settings of one upload.
func (c *Client) uploadSettings(opts []UploadOption) uploadSettings {
	s := uploadSettings{transfer: c.defaults}
	apply(opts, func(opt UploadOption) { opt.upload(&s) })
	return s
}

func (c *Client) jobFor(src io.Reader, mediaType whatsmeow.MediaType, s uploadSettings) (upload.Job, error) {
	target := upload.Target{MediaType: mediaType, Kind: s.kind, Newsletter: s.newsletter, Messenger: c.MessengerConfig != nil, Finer: s.finer}
	dest, err := target.Destination()
	if err != nil {
		return upload.Job{}, err
	}
	job := upload.Job{Source: src, MediaType: mediaType, Dest: dest, ResumeID: s.resumeID, WithoutURL: s.withoutURL}
	return s.complete(job, s.encryption)
}

// complete adds settings to a job.
func (t transfer) complete(job upload.Job, enc encryption) (upload.Job, error) {
	if enc.mediaKey != nil && !job.Dest.Encrypted() {
		return job, streamenc.ErrNotEncrypted
	}
	job.MediaKey = enc.mediaKey
	job.Sidecar = job.MediaType == whatsmeow.MediaAudio || job.MediaType == whatsmeow.MediaVideo
	if enc.sidecar != nil {
		job.Sidecar = *enc.sidecar
	}
	job.Transfer, job.Progress, job.FreshFor = t.sending, uploadProgress(t.progress, 0), t.freshFor
	return job, nil
}

// run has the pipeline upload job's source.
func (c *Client) run(ctx context.Context, job upload.Job) (upload.Result, error) {
	if isNil(job.Source) {
		return upload.Result{}, errNilSource
	}
	ctx, end, err := c.begin(ctx)
	if err != nil {
		return upload.Result{}, err
	}
	defer end()
	return c.uploads.Upload(ctx, job, nil)
}

// liveChunk is the default of WithLiveChunk.
const liveChunk = 1 << 20

// UploadLive encrypts what src gives, up to its end, and uploads it meanwhile: a recording, the output of a transcoder, an
// HTTP body. src is read once, nothing is stored, and the object is complete as soon as src ends. It is the object that
// [Client.UploadMedia] would have made.
//
//	cmd := exec.CommandContext(ctx, "ffmpeg", …, "-f", "ogg", "pipe:1")
//	voice, err := cmd.StdoutPipe()
//	// handle err, cmd.Start()
//	up, err := client.UploadLive(ctx, voice, whatsmeow.MediaAudio)
//
// The object goes in chunks ([WithLiveChunk]), one on its way while the next is being made. UploadLive holds two chunks and
// 64 KiB at most: it reads no faster than the hosts take. It waits for a slow src, however long. A chunk is kept until a host
// has taken it, and sent again if that takes more than one attempt; one that has been taken is gone. So, unlike an ordinary
// upload, a live one fails if the host that has the first chunks does not come back and the others do not know of them, and a
// [resume.Store] does nothing for it. For a file, use UploadMedia.
//
// If the service refuses the first chunk because it does not know live uploads, that chunk and the rest of src are spooled as
// for UploadMedia, and sent as an ordinary upload; src is not read twice. A single-chunk upload, as most voice messages are, is
// still in memory at its end, so it can fall back even then. [WithSpoolFallback] turns that off.
//
// If a Read of src is under way when ctx ends, or when the upload fails, UploadLive waits for it: have src end with ctx, as a command
// from [os/exec.CommandContext] does. Only media that is encrypted can go live; else the error is [streamenc.ErrNotEncrypted].
// The others are as for UploadMedia.
func (c *Client) UploadLive(ctx context.Context, src io.Reader, mediaType whatsmeow.MediaType, opts ...LiveOption) (*Uploaded, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	if isNil(src) {
		return nil, errNilSource
	}
	s := liveSettings{transfer: c.defaults, chunk: liveChunk, fallback: true}
	apply(opts, func(opt LiveOption) { opt.live(&s) })
	target := upload.Target{MediaType: mediaType, Kind: s.kind, Messenger: c.MessengerConfig != nil, Finer: s.finer}
	dest, err := target.Destination()
	if err != nil {
		return nil, err
	}
	if !dest.Encrypted() {
		return nil, fmt.Errorf("failed to begin a live upload: %w: %q", streamenc.ErrNotEncrypted, string(mediaType))
	}
	job, err := s.complete(upload.Job{Source: src, MediaType: mediaType, Dest: dest}, s.encryption)
	if err != nil {
		return nil, err
	}
	ctx, end, err := c.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer end()
	result, err := c.uploads.Live(ctx, upload.LiveJob{Job: job, Chunk: s.chunk, Fallback: s.fallback})
	if err != nil {
		return nil, err
	}
	return uploadedFrom(job, result, knownPreview(src, s.preview)), nil
}
