package voice

import (
	"fmt"

	"github.com/wamediax/whatsmeow-ext/wamediax/preview/internal/pcm"
)

// Format is how a sample is stored. Samples of more than one byte are little-endian.
type Format int

const (
	Int16   = Format(pcm.Int16)   // signed 16-bit integers, the usual output of speech synthesis
	Uint8   = Format(pcm.Uint8)   // unsigned bytes; 128 is silence
	Int24   = Format(pcm.Int24)   // signed 24-bit integers in three bytes
	Int32   = Format(pcm.Int32)   // signed 32-bit integers
	Float32 = Format(pcm.Float32) // IEEE 754; full scale is -1 to 1
	Float64 = Format(pcm.Float64) // IEEE 754; full scale is -1 to 1
)

// Option is a setting of [Encode] and [NewReader].
type Option func(*settings)

type settings struct {
	raw     *pcm.Layout
	bitrate int
}

// defaultBitrate keeps speech as clear as the original: about 240 kB per minute.
const defaultBitrate = 32_000

// WithPCM declares the source to be raw samples without a header, as speech synthesis streams them:
// sampleRate (2000 to 192,000) samples per second and channel, with 1 to 32 channels interleaved.
// Without this option the source must be a WAV or an MP3.
func WithPCM(format Format, sampleRate, channels int) Option {
	return func(s *settings) {
		s.raw = &pcm.Layout{Format: pcm.Format(format), SampleRate: sampleRate, Channels: channels}
	}
}

// WithBitrate sets the average rate in bits per second, 6000 to 256,000. The default of 32,000
// suits speech; use 64,000 for music.
func WithBitrate(bps int) Option {
	return func(s *settings) { s.bitrate = bps }
}

func settingsOf(opts []Option) (*settings, error) {
	s := &settings{bitrate: defaultBitrate}
	for _, opt := range opts {
		if opt != nil {
			opt(s)
		}
	}
	if s.bitrate < 6000 || s.bitrate > 256_000 {
		return nil, fmt.Errorf("failed to encode voice: bit rate is %d, must be 6000 to 256000 bits per second", s.bitrate)
	}
	return s, nil
}
