package wamediax

import (
	"context"
	"fmt"
	"io"

	"go.mau.fi/whatsmeow"

	"github.com/wamediax/whatsmeow-ext/wamediax/internal/mediatype"
	"github.com/wamediax/whatsmeow-ext/wamediax/internal/source"
	"github.com/wamediax/whatsmeow-ext/wamediax/internal/upload"
	"github.com/wamediax/whatsmeow-ext/wamediax/streamenc"
)

// Media types that whatsmeow has no names for.
const (
	// MediaSticker is the type of stickers, which are encrypted as images.
	MediaSticker = mediatype.Sticker
	// MediaStickerPackThumbnail is the preview of a sticker pack. It is encrypted with the media
	// key of the pack's zip.
	MediaStickerPackThumbnail = mediatype.StickerPackThumbnail
	// MediaProductImage is a picture of a WhatsApp Business catalog. It is never encrypted.
	MediaProductImage = mediatype.ProductImage
)

// Kind is how people see media. A voice message, for example, is [whatsmeow.MediaAudio] and
// [KindPTT]. All kinds of a media type are encrypted alike. See [As].
type Kind = mediatype.Kind

const (
	KindImage       = mediatype.KindImage
	KindSticker     = mediatype.KindSticker
	KindVideo       = mediatype.KindVideo
	KindGIF         = mediatype.KindGIF // a video that loops without sound
	KindPTV         = mediatype.KindPTV // a video note, round on the screen
	KindAudio       = mediatype.KindAudio
	KindPTT         = mediatype.KindPTT // a voice message
	KindDocument    = mediatype.KindDocument
	KindStickerPack = mediatype.KindStickerPack
)

// UploadMedia encrypts the content of src, from its current position to its end, and uploads it.
// [MediaProductImage] is uploaded unencrypted.
//
// A src that is a regular *os.File, a *bytes.Reader, or anything else with ReadAt and Size, is read
// in place: once to compute hashes and, unless it is small, again while it is sent. Nothing is
// stored, and its position does not move. If src changes in between, UploadMedia sends none of the
// changed bytes and returns [streamenc.ErrSourceChanged]. Any other src is read once. Its
// ciphertext is kept until it has been sent: in memory up to [WithSpoolMemory], beyond that in a
// temporary file. If a Read of src is blocked when ctx ends, UploadMedia waits for it.
//
// UploadMedia needs a connected client to look up media hosts. Before Connect, or while the socket
// is down, it waits for up to 30 s, logs that it waits, and then returns
// [whatsmeow.ErrNotConnected]. A client that is not paired is [whatsmeow.ErrNotLoggedIn] at once.
// It never connects by itself.
//
// The errors are those of [resume.Uploader.Upload], [streamenc.Encrypt], src and the WhatsApp
// socket, [whatsmeow.ErrUnknownMediaType], [ErrClosed] and, with [WithStrictStore], [ErrStore].
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

// uploadSettings returns the settings of one upload.
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

// complete adds settings to job.
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

// run uploads the source of job.
func (c *Client) run(ctx context.Context, job upload.Job) (upload.Result, error) {
	if source.IsNil(job.Source) {
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

// UploadLive encrypts and uploads src while src is still being produced: a recording, the output of
// a transcoder, an HTTP body. It reads src once and stores nothing. The upload is complete as soon
// as src ends, and the object is the same as with [Client.UploadMedia].
//
//	cmd := exec.CommandContext(ctx, "ffmpeg", …, "-f", "ogg", "pipe:1")
//	voice, err := cmd.StdoutPipe()
//	// handle err, cmd.Start()
//	up, err := client.UploadLive(ctx, voice, whatsmeow.MediaAudio)
//	// before sending up, check cmd.Wait: a command that failed has produced truncated media
//
// UploadLive sends chunks ([WithLiveChunk]), each while it reads the next. It holds at most two
// chunks and 64 KiB in memory, reads no faster than the hosts accept, and waits for a slow src
// without a time limit. A chunk is kept, and sent again if needed, until a host has accepted it. So
// a live upload, unlike an ordinary one, fails if the host with the first chunks does not come back
// and the other hosts do not have them. It does not use the [resume.Store]. For a file, use
// UploadMedia.
//
// If the service does not support live uploads and refuses the first chunk, UploadLive spools that
// chunk and the rest of src and continues as an ordinary upload. src is not read twice. A
// single-chunk upload, such as most voice messages, is still in memory at its end, so it can fall
// back even then. [WithSpoolFallback] turns this off.
//
// If a Read of src is blocked when ctx ends or the upload fails, UploadLive waits for it. So make
// src end with ctx, as a command of [os/exec.CommandContext] does. Media that is not encrypted
// cannot be live: the error is [streamenc.ErrNotEncrypted]. The other errors are those of
// UploadMedia.
func (c *Client) UploadLive(ctx context.Context, src io.Reader, mediaType whatsmeow.MediaType, opts ...LiveOption) (*Uploaded, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	if source.IsNil(src) {
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
