package message

import (
	"strings"
	"time"

	"go.mau.fi/whatsmeow/proto/waE2E"
	"google.golang.org/protobuf/proto"
)

// Media is an object on the CDN with its preview. Messages omit zero fields, and share its slices.
type Media struct {
	URL, DirectPath                     string
	MediaKey, FileSHA256, FileEncSHA256 []byte
	FileLength                          uint64
	MediaKeyTimestamp                   time.Time
	StreamingSidecar                    []byte

	// For an animated sticker.
	FirstFrameLength  int64
	FirstFrameSidecar []byte

	Mimetype string // from the first bytes

	Look
	Large *Thumbnail // nil if there is none
}

// Look is the preview of media.
type Look struct {
	Mimetype                        string // from the preview; overrides that from the first bytes
	Width, Height                   int
	Seconds                         uint32
	Waveform                        []byte
	Thumbnail                       []byte // JPEG
	ThumbnailWidth, ThumbnailHeight int
	Pages                           int
	Voice                           bool
}

// Thumbnail is a larger JPEG, either uploaded under the media key of its media, or made by the CDN
// and unencrypted.
type Thumbnail struct {
	DirectPath        string
	SHA256, EncSHA256 []byte
	Width, Height     int
}

// Image returns m as an image. If m's MIME type is not that of an image, the message has
// image/jpeg.
func (m Media) Image() *waE2E.ImageMessage {
	msg := &waE2E.ImageMessage{
		URL:               optional(m.URL),
		DirectPath:        proto.String(m.DirectPath),
		MediaKey:          m.MediaKey,
		MediaKeyTimestamp: m.keyTimestamp(),
		Mimetype:          proto.String(m.mimetype("image", "image/jpeg")),
		FileEncSHA256:     m.FileEncSHA256,
		FileSHA256:        m.FileSHA256,
		FileLength:        proto.Uint64(m.FileLength),
		Width:             positive(m.Width),
		Height:            positive(m.Height),
		JPEGThumbnail:     m.Look.Thumbnail,
	}
	if m.Large != nil {
		msg.ThumbnailDirectPath = proto.String(m.Large.DirectPath)
		msg.ThumbnailSHA256, msg.ThumbnailEncSHA256 = m.Large.SHA256, m.Large.EncSHA256
	}
	return msg
}

// Video returns m as a video, with the streaming sidecar.
func (m Media) Video() *waE2E.VideoMessage {
	msg := &waE2E.VideoMessage{
		URL:               optional(m.URL),
		DirectPath:        proto.String(m.DirectPath),
		MediaKey:          m.MediaKey,
		MediaKeyTimestamp: m.keyTimestamp(),
		Mimetype:          proto.String(m.mimetype("video", "video/mp4")),
		FileEncSHA256:     m.FileEncSHA256,
		FileSHA256:        m.FileSHA256,
		FileLength:        proto.Uint64(m.FileLength),
		StreamingSidecar:  m.StreamingSidecar,
		Width:             positive(m.Width),
		Height:            positive(m.Height),
		Seconds:           positive(m.Seconds),
		JPEGThumbnail:     m.Look.Thumbnail,
	}
	if m.Large != nil {
		msg.ThumbnailDirectPath = proto.String(m.Large.DirectPath)
		msg.ThumbnailSHA256, msg.ThumbnailEncSHA256 = m.Large.SHA256, m.Large.EncSHA256
	}
	return msg
}

// Audio returns m as audio with the streaming sidecar. It is a voice message if m.Voice is set.
func (m Media) Audio() *waE2E.AudioMessage {
	msg := &waE2E.AudioMessage{
		URL:               optional(m.URL),
		DirectPath:        proto.String(m.DirectPath),
		MediaKey:          m.MediaKey,
		MediaKeyTimestamp: m.keyTimestamp(),
		Mimetype:          proto.String(m.mimetype("audio", "audio/ogg; codecs=opus")),
		FileEncSHA256:     m.FileEncSHA256,
		FileSHA256:        m.FileSHA256,
		FileLength:        proto.Uint64(m.FileLength),
		StreamingSidecar:  m.StreamingSidecar,
		Seconds:           positive(m.Seconds),
		Waveform:          m.Waveform,
	}
	if m.Voice {
		msg.PTT = proto.Bool(true)
	}
	return msg
}

// Document returns m as a document of any type.
func (m Media) Document() *waE2E.DocumentMessage {
	msg := &waE2E.DocumentMessage{
		URL:               optional(m.URL),
		DirectPath:        proto.String(m.DirectPath),
		MediaKey:          m.MediaKey,
		MediaKeyTimestamp: m.keyTimestamp(),
		Mimetype:          proto.String(m.mimetype("", unknown)),
		FileEncSHA256:     m.FileEncSHA256,
		FileSHA256:        m.FileSHA256,
		FileLength:        proto.Uint64(m.FileLength),
		PageCount:         positive(m.Pages),
		JPEGThumbnail:     m.Look.Thumbnail,
		ThumbnailWidth:    positive(m.ThumbnailWidth),
		ThumbnailHeight:   positive(m.ThumbnailHeight),
	}
	if m.Large != nil {
		msg.ThumbnailDirectPath = proto.String(m.Large.DirectPath)
		msg.ThumbnailSHA256, msg.ThumbnailEncSHA256 = m.Large.SHA256, m.Large.EncSHA256
		msg.ThumbnailWidth, msg.ThumbnailHeight = positive(m.Large.Width), positive(m.Large.Height)
	}
	return msg
}

// Sticker returns m as a WebP sticker. An animated one is marked as such and has the first-frame
// sidecar.
func (m Media) Sticker() *waE2E.StickerMessage {
	msg := &waE2E.StickerMessage{
		URL:               optional(m.URL),
		DirectPath:        proto.String(m.DirectPath),
		MediaKey:          m.MediaKey,
		MediaKeyTimestamp: m.keyTimestamp(),
		Mimetype:          proto.String(m.mimetype("image", "image/webp")),
		FileEncSHA256:     m.FileEncSHA256,
		FileSHA256:        m.FileSHA256,
		FileLength:        proto.Uint64(m.FileLength),
		Width:             positive(m.Width),
		Height:            positive(m.Height),
	}
	if m.FirstFrameSidecar != nil {
		msg.IsAnimated = proto.Bool(true)
		msg.FirstFrameLength = proto.Uint32(uint32(m.FirstFrameLength))
		msg.FirstFrameSidecar = m.FirstFrameSidecar
	}
	return msg
}

// mimetype returns m's MIME type if it belongs to class, such as "image", otherwise usual. The
// caller knows what it sends, and phones do not show a video with type text/plain.
func (m Media) mimetype(class, usual string) string {
	for _, known := range []string{m.Look.Mimetype, m.Mimetype} {
		if known != "" && (class != "" && strings.HasPrefix(known, class+"/")) {
			return known
		}
	}
	if class == "" && m.Mimetype != "" {
		return m.Mimetype
	}
	return usual
}

// keyTimestamp returns nil without a media key.
func (m Media) keyTimestamp() *int64 {
	if m.MediaKeyTimestamp.IsZero() {
		return nil
	}
	return proto.Int64(m.MediaKeyTimestamp.Unix())
}

// positive returns n for a message, or nil if n is not known.
func positive[N int | uint32](n N) *uint32 {
	if n <= 0 {
		return nil
	}
	return proto.Uint32(uint32(min(int64(n), 1<<32-1)))
}
