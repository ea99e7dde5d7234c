package wamediax

import (
	"context"
	"io"
	"time"
)

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
