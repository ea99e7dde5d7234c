package voice

import (
	"context"
	"fmt"
	"io"
	"time"
)

// Mimetype is the MIME type of an encoded voice message. Phones show the play button and the
// waveform only for this one.
const Mimetype = "audio/ogg; codecs=opus"

// Voice describes an encoded voice message, for the fields of an AudioMessage.
type Voice struct {
	Duration time.Duration // exact to the sample; for an AudioMessage use [Voice.Seconds]
	Waveform []byte        // 64 values from 0 to 100
	Size     int64         // bytes of Ogg
}

// Seconds returns the duration for AudioMessage.Seconds: rounded up to whole seconds, as WhatsApp
// Web does.
func (v Voice) Seconds() uint32 {
	return uint32((v.Duration + time.Second - 1) / time.Second)
}

// Encode reads src to its end and writes it to dst as a voice message: Ogg with mono Opus, as
// phones record it. src is a WAV, an MP3 or, with [WithPCM], raw samples. It is read once and may
// be a stream of any length.
//
// A truncated MP3 is encoded up to its end without an error, because the format has no reliable
// length.
//
// The error wraps [ErrFormat], [ErrEmpty], [io.ErrUnexpectedEOF] for a truncated source, an error
// of src or dst, or the cause of ctx. Nothing is written for a source that is empty or not
// recognised; after any other error, discard what was written to dst. When ctx ends, Encode still
// waits for a Read or Write in progress.
func Encode(ctx context.Context, dst io.Writer, src io.Reader, opts ...Option) (Voice, error) {
	if dst == nil {
		return Voice{}, fmt.Errorf("failed to encode voice: destination is nil")
	}
	r := NewReader(src, opts...)
	r.ctx = ctx
	if _, err := r.WriteTo(dst); err != nil {
		return Voice{}, err
	}
	return r.Voice(), nil
}
