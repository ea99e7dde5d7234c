package wamediax

import (
	"context"
	"io"
	"time"

	"github.com/wamediax/whatsmeow-ext/wamediax/internal/upload"
)

// WithPreviewer has p look at everything that is uploaded, beside the upload and in no pass of its own: files where they are,
// plain streams in the spool, from which they are decrypted as p reads. The messages of an [Uploaded] then have width,
// height, duration, waveform, thumbnail and page count, and voice messages are marked as such. Package preview has a
// Previewer.
//
// A Previewer that fails, panics or does not return ends no upload, and delays it by no more than [WithPreviewTimeout]: that
// is logged, and the fields stay empty. Live uploads are not looked at, for nothing of them is kept: see [WithPreview].
// Neither are items of [Client.UploadAll] with an Open that is not called, since they are known, and a dry run.
func WithPreviewer(p Previewer) Option {
	return wrapOption(func(s *settings) { s.previewer = p })
}

// WithPreviewTimeout sets how long a Previewer may take for one upload: 30 s.
func WithPreviewTimeout(d time.Duration) Option {
	return wrapOption(func(s *settings) { s.previewTimeout = d })
}

// WithPreview is what people see of this upload, for an application that knows it already; no Previewer is asked. p is read
// when the source has ended, so the source may fill it in until then:
//
//	var p wamediax.Preview
//	up, err := client.UploadLive(ctx, recording(&p), whatsmeow.MediaAudio, wamediax.WithPreview(&p))
//
// A source with a method Preview() *Preview, as package preview/voice has, needs no option: it is called after its end.
func WithPreview(p *Preview) EncryptionOption {
	return encryptionOption(func(s *encryption) { s.preview = p })
}

// A Previewer extracts what people see of a file before they open it. Package preview has one that
// needs no CGo and no external program; an application can bring its own.
//
// A Previewer must be safe for concurrent use, must treat the file as hostile, and must return soon
// after ctx ends.
type Previewer interface {
	// Preview reads from src, which holds size bytes, only what it needs. mimetype is the type the
	// caller claims, or ""; the content has the last word. A file of a format without a preview is
	// no error: the result then has only a Mimetype.
	//
	// An error can come with a Preview: it then holds what was found before the error.
	Preview(ctx context.Context, src io.ReaderAt, size int64, mimetype string) (*Preview, error)
}

// A Scaler is a Previewer that can also make a larger picture of a file than the thumbnail: [Client.SendMedia] uploads one
// beside a video or document, and [WithHD] sends one.
type Scaler interface {
	Previewer
	// Scale returns what src shows, upright, as a JPEG of at most edge pixels per edge: a picture, the cover of a video. A
	// smaller one keeps its size. A file that shows nothing is nil without an error.
	Scale(ctx context.Context, src io.ReaderAt, size int64, edge int) (*Picture, error)
}

// Picture is a JPEG and its size in pixels.
type Picture struct {
	JPEG          []byte
	Width, Height int
}

// Preview is what people see of a file before they open it. A field that does not apply, or that
// could not be found, is zero. The caller owns the slices.
//
// Sound, Codecs, NotVoice and Warnings go into no message. They let an application decide how to
// send a file: a video without sound can loop as a GIF, and a stereo recording must be converted
// before it is a voice note.
type Preview struct {
	// Mimetype is told from the content, with parameters where WhatsApp expects them ("audio/ogg;
	// codecs=opus").
	Mimetype string

	// Width and Height are in pixels, after the rotation that the file asks for.
	Width, Height int

	// Duration is exact as far as the file is. Messages count whole seconds: see Seconds.
	Duration time.Duration

	// Waveform is the loudness over time: 64 values from 0 to 100.
	Waveform []byte

	// Thumbnail is a JPEG of at most 100 pixels per edge, small enough to travel in the message
	// itself.
	Thumbnail                       []byte
	ThumbnailWidth, ThumbnailHeight int

	// Pages is the number of pages of a document.
	Pages int

	// Voice reports whether phones play the file as a voice note. If they do not and the file is
	// audio, NotVoice is the reason, as a sentence for a log: "2 channels: a voice note has one".
	Voice    bool
	NotVoice string

	// Sound reports whether the file is audio, or a video with a sound track.
	Sound bool

	// Codecs names how the tracks of a video or audio file are encoded, as far as known: "avc1",
	// "mp4a", "opus".
	Codecs []string

	// Warnings are reasons why the file may look or play badly on a phone, as sentences for a log:
	// "HEVC video: many phones play only H.264".
	Warnings []string
}

// Seconds is the Duration as messages count it: whole seconds, rounded up, as WhatsApp Web does.
func (p *Preview) Seconds() uint32 {
	if p.Duration <= 0 {
		return 0
	}
	return uint32(min((p.Duration-1)/time.Second+1, 1<<32-1))
}

// look is what was found of a source.
type look struct {
	preview *Preview
	scaled  *Picture // nil for none
}

// previewing has the client's Previewer look at job's source, unless the caller knows or the source says what people see.
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

// previewed is a source that knows what people see of it, once it has been read.
type previewed interface{ Preview() *Preview }

// knownPreview returns what the caller or the source knows of what was uploaded.
func knownPreview(src io.Reader, known *Preview) *Preview {
	if says, ok := src.(previewed); ok && known == nil {
		return says.Preview()
	}
	return known
}
