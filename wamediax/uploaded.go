package wamediax

import (
	"time"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"

	"github.com/wamediax/whatsmeow-ext/wamediax/internal/message"
	"github.com/wamediax/whatsmeow-ext/wamediax/internal/upload"
)

// Uploaded is media that is on the CDN, with everything that a message needs.
type Uploaded struct {
	whatsmeow.UploadResponse

	MediaKeyTimestamp time.Time // when the media key was made, to the second; zero where nothing is encrypted
	StreamingSidecar  []byte    // 10 bytes for each 64 KiB; nil unless asked for ([WithSidecar])
	Mimetype          string    // by the first bytes; "application/octet-stream" if they match nothing
	BytesSent         int64     // of the object, over all attempts; probes are not counted
	Resumed           bool      // the CDN held some of the object already
	Preview           *Preview  // what people see of it; nil without [WithPreviewer] or [WithPreview]

	// Of channels' images and videos: a small picture that the CDN has made. "" and nil if it has made none, as it may answer
	// before it has, or if it was asked for an object that it holds already.
	ThumbnailDirectPath string
	ThumbnailSHA256     []byte
	MetadataURL         string // as the CDN sent it, which is seldom; "" for none

	// Of an animated WebP uploaded as MediaSticker.
	firstFrameLength  int64
	firstFrameSidecar []byte
}

// uploadedFrom is what the caller gets. known is what people see of it, if somebody knew.
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

// ImageMessage returns a message with every field set that says where the media is and how to open it, and with what u's
// Preview says of it: width, height and thumbnail. The caller adds the caption. Where u's MIME type is that of no image, it
// is image/jpeg. The message shares slices with u.
func (u *Uploaded) ImageMessage() *waE2E.ImageMessage { return u.media().Image() }

// VideoMessage is as [Uploaded.ImageMessage], for a video (video/mp4), which has a duration too. It carries the streaming
// sidecar.
func (u *Uploaded) VideoMessage() *waE2E.VideoMessage { return u.media().Video() }

// AudioMessage is as [Uploaded.ImageMessage], for audio (audio/ogg; codecs=opus), with duration and waveform. It carries the
// streaming sidecar. PTT, which makes it a voice message, is set if u's Preview says that phones play it as one; without a
// Preview, set it for a voice message.
func (u *Uploaded) AudioMessage() *waE2E.AudioMessage { return u.media().Audio() }

// DocumentMessage is as [Uploaded.ImageMessage], for a document of any type, with thumbnail and page count. Set FileName and
// Title, which people see.
func (u *Uploaded) DocumentMessage() *waE2E.DocumentMessage { return u.media().Document() }

// StickerMessage is as [Uploaded.ImageMessage], for a WebP sticker uploaded as [MediaSticker]. For an animated one it says
// so, and carries the first-frame sidecar, with which clients show the first frame before they have the rest.
func (u *Uploaded) StickerMessage() *waE2E.StickerMessage { return u.media().Sticker() }

// media is u as package message wants it.
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
