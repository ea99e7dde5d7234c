package wamediax

import (
	"context"
	"io"
	"time"

	"github.com/wamediax/whatsmeow-ext/wamediax/internal/upload"
)

// WithPreviewer previews every upload with p while it is sent. Files are previewed in place, plain
// streams from the spool, decrypted as p reads. Messages built from [Uploaded] then have width,
// height, duration, waveform, thumbnail and page count, and audio that phones can play as a voice
// message is marked as one. Package preview has a Previewer.
//
// A Previewer that fails, panics or hangs never fails an upload, and delays it by at most
// [WithPreviewTimeout] and a second; a warning is logged, and the fields stay empty. Live uploads
// are not previewed, since none of their bytes are kept: see [WithPreview]. Nor are items of
// [Client.UploadAll] in a dry run, or known items whose Open is not called.
func WithPreviewer(p Previewer) Option {
	return wrapOption(func(s *settings) { s.previewer = p })
}

// WithPreviewTimeout limits how long a Previewer may take for one upload. The default is 30 s, also
// for d <= 0.
func WithPreviewTimeout(d time.Duration) Option {
	if d <= 0 {
		d = defaultPreviewTimeout
	}
	return wrapOption(func(s *settings) { s.previewTimeout = d })
}

const defaultPreviewTimeout = 30 * time.Second

// WithPreview sets the preview of an upload for applications that already have one; no Previewer is
// called. p is read at the end of the source, so the source may fill it in until then:
//
//	var p wamediax.Preview
//	up, err := client.UploadLive(ctx, recording(&p), whatsmeow.MediaAudio, wamediax.WithPreview(&p))
//
// A source with a method Preview() *Preview, such as that of package preview/voice, needs no
// option: the method is called at its end. A source from [UploadItem].Open is previewed by the
// client's Previewer instead.
func WithPreview(p *Preview) EncryptionOption {
	return encryptionOption(func(s *encryption) { s.preview = p })
}

// A Previewer extracts from a file what people see before they open it. Package preview has one
// without CGo and external programs; an application can also use its own.
//
// A Previewer must be safe for concurrent use, treat the file as hostile, and return soon after ctx
// ends.
type Previewer interface {
	// Preview reads what it needs from src, which has size bytes. mimetype is the type that the
	// caller claims, or ""; the content overrides it. A format without a preview is no error: the
	// result then has only a Mimetype.
	//
	// An error may come with a Preview, which then has what was found before the error.
	Preview(ctx context.Context, src io.ReaderAt, size int64, mimetype string) (*Preview, error)
}

// A Scaler is a Previewer that can also make a picture larger than the thumbnail.
// [Client.SendMedia] uploads one next to a video or document, and [WithHD] sends one.
type Scaler interface {
	Previewer
	// Scale returns a picture, or the cover of a video, upright and as a JPEG of at most edge
	// pixels per side. It does not enlarge. For a file without a picture it returns nil and no
	// error.
	Scale(ctx context.Context, src io.ReaderAt, size int64, edge int) (*Picture, error)
}

// Picture is a JPEG with its size in pixels.
type Picture struct {
	JPEG          []byte
	Width, Height int
}

// Preview is what people see of a file before they open it. A field that does not apply or could
// not be determined is zero. The caller owns the slices.
//
// Sound, Codecs, NotVoice and Warnings are not sent. They help an application decide how to send a
// file: a video without sound can loop as a GIF, and a stereo recording must be converted before it
// can be a voice note.
type Preview struct {
	// Mimetype is determined from the content. It has parameters where WhatsApp expects them, as in
	// "audio/ogg; codecs=opus".
	Mimetype string

	// Width and Height are in pixels, after applying the rotation in the file.
	Width, Height int

	// Duration is as exact as the file. Messages have whole seconds: see Seconds.
	Duration time.Duration

	// Waveform is the loudness over time: 64 values from 0 to 100.
	Waveform []byte

	// Thumbnail is a JPEG of at most 100 pixels per side, small enough to be part of the message.
	Thumbnail                       []byte
	ThumbnailWidth, ThumbnailHeight int

	// Pages is the number of pages of a document.
	Pages int

	// Voice reports whether phones play the file as a voice note. For other audio, NotVoice is the
	// reason, as text for a log: "2 channels: a voice note has one".
	Voice    bool
	NotVoice string

	// Sound reports whether the file is audio, or a video with a sound track.
	Sound bool

	// Codecs lists the known codecs of the tracks of a video or audio file, such as "avc1", "mp4a"
	// and "opus".
	Codecs []string

	// Warnings are reasons why the file may not show or play well on a phone, as text for a log:
	// "HEVC video: many phones play only H.264".
	Warnings []string
}

// Seconds returns the Duration in whole seconds, rounded up, as in messages of WhatsApp Web.
func (p *Preview) Seconds() uint32 {
	if p.Duration <= 0 {
		return 0
	}
	return uint32(min((p.Duration-1)/time.Second+1, 1<<32-1))
}

// look is what was found while previewing a source.
type look struct {
	preview *Preview
	scaled  *Picture // nil for none
}

// previewing sets job up to preview its source, unless the caller or the source already has a
// preview.
func (c *Client) previewing(job upload.Job, known *Preview) upload.Job {
	_, says := job.Source.(previewed)
	job.LookTimeout = c.previewTimeout
	switch {
	case known != nil:
		job.Look = func(context.Context, io.ReaderAt, int64) any { return &look{preview: known} }
		return job
	case c.previewer == nil || says:
		return job
	}
	job.Look = func(ctx context.Context, src io.ReaderAt, size int64) any {
		p, err := c.previewer.Preview(ctx, src, size, "")
		if err != nil {
			c.Log.Warnf("Failed to preview: %v", err)
		}
		return &look{preview: p}
	}
	return job
}

// previewed is a source that has a preview once it has been read.
type previewed interface{ Preview() *Preview }

// knownPreview returns the preview that the caller or the source has, or nil.
func knownPreview(src io.Reader, known *Preview) *Preview {
	if says, ok := src.(previewed); ok && known == nil {
		return says.Preview()
	}
	return known
}
