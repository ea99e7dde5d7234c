package wamediax

import (
	"strings"
	"time"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"google.golang.org/protobuf/proto"

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

	// Of channels' images and videos: a small picture that the CDN has made. "" and nil if it has made none, as it may answer
	// before it has, or if it was asked for an object that it holds already.
	ThumbnailDirectPath string
	ThumbnailSHA256     []byte
	MetadataURL         string // as the CDN sent it, which is seldom; "" for none

	// Of an animated WebP uploaded as MediaSticker.
	firstFrameLength  int64
	firstFrameSidecar []byte
}

func uploadedFrom(job upload.Job, result upload.Result) *Uploaded {
	info, resp := result.Info, result.Response
	if job.WithoutURL {
		resp.URL = ""
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

		ThumbnailDirectPath: resp.ThumbnailDirectPath,
		ThumbnailSHA256:     resp.ThumbnailSHA256,
		MetadataURL:         resp.MetadataURL,

		firstFrameLength:  info.FirstFrameLength,
		firstFrameSidecar: info.FirstFrameSidecar,
	}
}

// ImageMessage returns a message with every field set that says where the media is and how to open it, to which the caller
// adds what people see (caption, size, thumbnail). Where u's MIME type is that of no image, it is image/jpeg. The message
// shares slices with u.
func (u *Uploaded) ImageMessage() *waE2E.ImageMessage {
	return &waE2E.ImageMessage{
		URL:               u.url(),
		DirectPath:        proto.String(u.DirectPath),
		MediaKey:          u.MediaKey,
		MediaKeyTimestamp: u.keyTimestamp(),
		Mimetype:          proto.String(u.mimetype("image", "image/jpeg")),
		FileEncSHA256:     u.FileEncSHA256,
		FileSHA256:        u.FileSHA256,
		FileLength:        proto.Uint64(u.FileLength),

		ThumbnailDirectPath: u.thumbnailDirectPath(),
		ThumbnailSHA256:     u.ThumbnailSHA256,
	}
}

// VideoMessage is as [Uploaded.ImageMessage], for a video (video/mp4). It carries the streaming sidecar.
func (u *Uploaded) VideoMessage() *waE2E.VideoMessage {
	return &waE2E.VideoMessage{
		URL:               u.url(),
		DirectPath:        proto.String(u.DirectPath),
		MediaKey:          u.MediaKey,
		MediaKeyTimestamp: u.keyTimestamp(),
		Mimetype:          proto.String(u.mimetype("video", "video/mp4")),
		FileEncSHA256:     u.FileEncSHA256,
		FileSHA256:        u.FileSHA256,
		FileLength:        proto.Uint64(u.FileLength),
		StreamingSidecar:  u.StreamingSidecar,

		ThumbnailDirectPath: u.thumbnailDirectPath(),
		ThumbnailSHA256:     u.ThumbnailSHA256,
	}
}

// AudioMessage is as [Uploaded.ImageMessage], for audio (audio/ogg; codecs=opus). It carries the streaming sidecar. Set PTT for a voice message.
func (u *Uploaded) AudioMessage() *waE2E.AudioMessage {
	return &waE2E.AudioMessage{
		URL:               u.url(),
		DirectPath:        proto.String(u.DirectPath),
		MediaKey:          u.MediaKey,
		MediaKeyTimestamp: u.keyTimestamp(),
		Mimetype:          proto.String(u.mimetype("audio", "audio/ogg; codecs=opus")),
		FileEncSHA256:     u.FileEncSHA256,
		FileSHA256:        u.FileSHA256,
		FileLength:        proto.Uint64(u.FileLength),
		StreamingSidecar:  u.StreamingSidecar,
	}
}

// DocumentMessage is as [Uploaded.ImageMessage], for a document of any type. Set FileName and Title, which people see.
func (u *Uploaded) DocumentMessage() *waE2E.DocumentMessage {
	return &waE2E.DocumentMessage{
		URL:               u.url(),
		DirectPath:        proto.String(u.DirectPath),
		MediaKey:          u.MediaKey,
		MediaKeyTimestamp: u.keyTimestamp(),
		Mimetype:          proto.String(u.mimetype("", "application/octet-stream")),
		FileEncSHA256:     u.FileEncSHA256,
		FileSHA256:        u.FileSHA256,
		FileLength:        proto.Uint64(u.FileLength),
	}
}

// StickerMessage is as [Uploaded.ImageMessage], for a WebP sticker uploaded as [MediaSticker]. For an animated one it says
// so, and carries the first-frame sidecar, with which clients show the first frame before they have the rest.
func (u *Uploaded) StickerMessage() *waE2E.StickerMessage {
	msg := &waE2E.StickerMessage{
		URL:               u.url(),
		DirectPath:        proto.String(u.DirectPath),
		MediaKey:          u.MediaKey,
		MediaKeyTimestamp: u.keyTimestamp(),
		Mimetype:          proto.String(u.mimetype("image", "image/webp")),
		FileEncSHA256:     u.FileEncSHA256,
		FileSHA256:        u.FileSHA256,
		FileLength:        proto.Uint64(u.FileLength),
	}
	if u.firstFrameSidecar != nil {
		msg.IsAnimated = proto.Bool(true)
		msg.FirstFrameLength = proto.Uint32(uint32(u.firstFrameLength))
		msg.FirstFrameSidecar = u.firstFrameSidecar
	}
	return msg
}

// mimetype returns u's MIME type if it is of a kind, as "image", and the usual one of that kind if it is not: the sender knows
// what it is, and phones show nothing of a video that is text/plain.
func (u *Uploaded) mimetype(kind, usual string) string {
	if u.Mimetype == "" || kind != "" && !strings.HasPrefix(u.Mimetype, kind+"/") {
		return usual
	}
	return u.Mimetype
}

// url is nil where the message is to have none.
func (u *Uploaded) url() *string {
	if u.URL == "" {
		return nil
	}
	return proto.String(u.URL)
}

// thumbnailDirectPath is nil where the CDN has made no small picture.
func (u *Uploaded) thumbnailDirectPath() *string {
	if u.ThumbnailDirectPath == "" {
		return nil
	}
	return proto.String(u.ThumbnailDirectPath)
}

// keyTimestamp is nil where there is no media key.
func (u *Uploaded) keyTimestamp() *int64 {
	if u.MediaKeyTimestamp.IsZero() {
		return nil
	}
	return proto.Int64(u.MediaKeyTimestamp.Unix())
}
