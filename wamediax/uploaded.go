package wamediax

import (
	"time"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"

	"github.com/wamediax/whatsmeow-ext/wamediax/internal/message"
	"github.com/wamediax/whatsmeow-ext/wamediax/internal/upload"
)

// Uploaded is media on the CDN, with all values that a message needs.
type Uploaded struct {
	whatsmeow.UploadResponse

	MediaKeyTimestamp time.Time // when the media key was made, in seconds; zero if not encrypted
	// 10 bytes per 64 KiB; for audio and video, or as set with [WithSidecar]
	StreamingSidecar []byte
	Mimetype         string   // from the first bytes; "application/octet-stream" if unknown
	BytesSent        int64    // of the object, over all attempts, without probes
	Resumed          bool     // the CDN already held part of the object
	Preview          *Preview // nil without [WithPreviewer] or [WithPreview]

	// A small picture that the CDN makes of channels' images and videos. Empty if the CDN has made
	// none, answered before it was ready, or already held the object.
	ThumbnailDirectPath string
	ThumbnailSHA256     []byte
	MetadataURL         string // from the CDN, rarely set

	// For an animated WebP uploaded as MediaSticker.
	firstFrameLength  int64
	firstFrameSidecar []byte
}

// uploadedFrom converts a result. known is the preview that the caller or the source has, or nil.
func uploadedFrom(job upload.Job, result upload.Result, known *Preview) *Uploaded {
	info, resp := result.Info, result.Response
	if job.WithoutURL {
		resp.URL = ""
	}
	if found, ok := result.Look.(*look); ok && known == nil {
		known = found.preview
	}
	return &Uploaded{
		UploadResponse: whatsmeow.UploadResponse{
			URL: resp.URL, DirectPath: resp.DirectPath, Handle: resp.Handle, ObjectID: resp.ObjectID,
			MediaKey: info.MediaKey, FileEncSHA256: info.FileEncSHA256,
			FileSHA256: info.FileSHA256, FileLength: uint64(info.FileLength),
		},
		MediaKeyTimestamp: result.KeyMade,
		StreamingSidecar:  info.Sidecar,
		Mimetype:          result.Mimetype,
		BytesSent:         resp.Sent,
		Resumed:           resp.Resumed,
		Preview:           known,

		ThumbnailDirectPath: resp.ThumbnailDirectPath,
		ThumbnailSHA256:     resp.ThumbnailSHA256,
		MetadataURL:         resp.MetadataURL,

		firstFrameLength:  info.FirstFrameLength,
		firstFrameSidecar: info.FirstFrameSidecar,
	}
}

// ImageMessage returns a message with all fields that locate and decrypt the media, and the width,
// height and thumbnail from u.Preview. The caller sets the caption. If u.Mimetype is not that of an
// image, the message has image/jpeg. The message shares slices with u.
func (u *Uploaded) ImageMessage() *waE2E.ImageMessage { return u.media().Image() }

// VideoMessage is like [Uploaded.ImageMessage] for a video, with duration and streaming sidecar.
// Its default MIME type is video/mp4.
func (u *Uploaded) VideoMessage() *waE2E.VideoMessage { return u.media().Video() }

// AudioMessage is like [Uploaded.ImageMessage] for audio, with duration, waveform and streaming
// sidecar. Its default MIME type is audio/ogg; codecs=opus. PTT, which makes it a voice message, is
// set if u.Preview finds that phones play it as one. Without a Preview, the caller sets it.
func (u *Uploaded) AudioMessage() *waE2E.AudioMessage { return u.media().Audio() }

// DocumentMessage is like [Uploaded.ImageMessage] for a document of any type, with thumbnail and
// page count. The caller sets FileName and Title, which people see.
func (u *Uploaded) DocumentMessage() *waE2E.DocumentMessage { return u.media().Document() }

// StickerMessage is like [Uploaded.ImageMessage] for a WebP sticker uploaded as [MediaSticker]. An
// animated one is marked as such and has the first-frame sidecar, with which clients show the first
// frame early.
func (u *Uploaded) StickerMessage() *waE2E.StickerMessage { return u.media().Sticker() }

// media converts u for package message.
func (u *Uploaded) media() message.Media {
	m := message.Media{
		URL: u.URL, DirectPath: u.DirectPath, MediaKey: u.MediaKey, MediaKeyTimestamp: u.MediaKeyTimestamp,
		FileSHA256: u.FileSHA256, FileEncSHA256: u.FileEncSHA256, FileLength: u.FileLength,
		StreamingSidecar: u.StreamingSidecar, FirstFrameLength: u.firstFrameLength, FirstFrameSidecar: u.firstFrameSidecar,
		Mimetype: u.Mimetype,
	}
	if u.ThumbnailDirectPath != "" {
		m.Large = &message.Thumbnail{DirectPath: u.ThumbnailDirectPath, SHA256: u.ThumbnailSHA256}
	}
	if p := u.Preview; p != nil {
		m.Look = message.Look{
			Mimetype: p.Mimetype, Width: p.Width, Height: p.Height, Seconds: p.Seconds(), Waveform: p.Waveform,
			Thumbnail: p.Thumbnail, ThumbnailWidth: p.ThumbnailWidth, ThumbnailHeight: p.ThumbnailHeight, Pages: p.Pages, Voice: p.Voice,
		}
	}
	return m
}
