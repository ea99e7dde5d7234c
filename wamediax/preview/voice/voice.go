package voice

import (
	"context"
	"fmt"
	"io"
	"time"
)

// Mimetype is that of an encoded voice message. Phones show the play button and the waveform for no other.
const Mimetype = "audio/ogg; codecs=opus"

// Voice is what an AudioMessage says of a voice message besides where it is.
type Voice struct {
	Duration time.Duration // exact to the sample; an AudioMessage has it in seconds, see [Voice.Seconds]
	Waveform []byte        // 64 values from 0 to 100
	Size     int64         // bytes of Ogg
}

// Seconds returns the duration as an AudioMessage has it: in seconds, rounded up.
func (v Voice) Seconds() uint32 {
	return uint32((v.Duration + time.Second - 1) / time.Second)
}

// Encode reads the sound in src up to its end and writes it to dst as a voice message: Ogg with mono Opus, as phones
// record it. src is a WAV, an MP3 or, with [WithPCM], raw samples; it is read once and may be a stream. Memory is
// constant, whatever its length.
//
// An MP3 that is cut short is encoded up to there: nothing reliable in the format says how long it should be.
//
// The error wraps [ErrFormat], [ErrEmpty], [io.ErrUnexpectedEOF] for a source that breaks off, an error of src or dst, or
// the cause of ctx's end. Nothing is written for a source that is empty or not recognised. After any other error, discard
// what dst has. A Read or Write in progress when ctx ends is waited for.
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
