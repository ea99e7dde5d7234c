package preview_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wamediax/whatsmeow-ext/wamediax/preview"
)

func TestVoiceNotesAreOpusInOggWithOneChannel(t *testing.T) {
	for name, why := range map[string]string{
		"silk.opus":   "",
		"hybrid.opus": "",
		"celt.opus":   "",
		"cut.opus":    "",
		"stereo.opus": "2 channels: a voice note has one",
		"vorbis.ogg":  "not Opus: a voice note is Opus in Ogg",
		"sound.m4a":   "not Ogg: a voice note is Opus in Ogg",
		"cbr.mp3":     "MP3: a voice note is Opus in Ogg",
		"s16.wav":     "WAV: a voice note is Opus in Ogg",
		"sound.flac":  "FLAC: a voice note is Opus in Ogg",
	} {
		t.Run(name, func(t *testing.T) {
			p := previewOf(t, read(t, name))
			require.Equal(t, why == "", p.Voice)
			require.Equal(t, why, p.NotVoice)
			if p.Voice {
				require.Equal(t, "audio/ogg; codecs=opus", p.Mimetype)
			}
		})
	}
}

func TestWaveformOfSamples(t *testing.T) {
	const rate = 8000
	ramp := func(yield func(float32) bool) {
		for i := range 64 * rate / 10 {
			loud := float32(0)
			if i >= 32*rate/10 {
				loud = 1
			}
			if !yield(loud) {
				return
			}
		}
	}
	want := append(make([]byte, 32), slices.Repeat([]byte{100}, 32)...)
	require.Equal(t, want, preview.Waveform(ramp, rate))
	require.Nil(t, preview.Waveform(func(func(float32) bool) {}, rate))
}

func TestMP3sThatCannotBeDecodedHaveADuration(t *testing.T) {
	p := previewOf(t, read(t, "mpeg2-padded.mp3"))
	require.InDelta(t, 1.6, p.Duration.Seconds(), 0.001)
	require.Nil(t, p.Waveform)
}
