package preview

import (
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/wamediax/whatsmeow-ext/wamediax/internal/waveform"
	"github.com/wamediax/whatsmeow-ext/wamediax/preview/internal/flac"
	"github.com/wamediax/whatsmeow-ext/wamediax/preview/internal/mp3"
	"github.com/wamediax/whatsmeow-ext/wamediax/preview/internal/ogg"
	"github.com/wamediax/whatsmeow-ext/wamediax/preview/internal/wav"
)

const (
	// soundBudget is how many bytes of a file are read for its waveform. 30 minutes of CD sound
	// have 318 million.
	soundBudget = 320 << 20
	// longestWaveform is how long a sound is decoded at most. Opus takes some seconds for so much.
	longestWaveform = 30 * time.Minute
)

// Waveform measures mono sound, with sampleRate samples per second and full scale from -1 to 1, as
// WhatsApp draws it: 64 values from 0 to 100. It returns nil without samples. It needs the same
// little memory for any length.
//
// A value is loudness between -60 dB (0) and -10 dB (100) below full scale. Each tenth of a second
// is as loud as its loudest 20 ms; the tenths are averaged to 64 values, or interpolated if there
// are fewer. The scale is WhatsApp Web's; it does not document the lengths of time.
func Waveform(samples iter.Seq[float32], sampleRate int) []byte {
	meter := waveform.NewMeter(sampleRate)
	for sample := range samples {
		meter.Add(sample)
	}
	return meter.Waveform()
}

// measure fills in the waveform of what decode calls it with.
func (f *file) measure(sampleRate int, decode func(sound func([]float32)) error) error {
	if f.preview.Duration > longestWaveform {
		f.preview.Warnings = append(f.preview.Warnings,
			fmt.Sprintf("no waveform: the sound is longer than %v", longestWaveform))
		return nil
	}
	meter := waveform.NewMeter(sampleRate)
	left := int(longestWaveform/time.Second) * sampleRate
	err := decode(func(samples []float32) {
		for _, sample := range samples[:min(len(samples), max(left, 0))] {
			meter.Add(sample)
		}
		left -= len(samples)
	})
	if err == nil { // else it would be of a part
		f.preview.Waveform = meter.Waveform()
	}
	return err
}

// readOgg reads Opus, the format of voice notes, and refuses other codecs in Ogg.
func (f *file) readOgg() error {
	p := &f.preview
	stream, err := ogg.Open(f.bounded(soundBudget))
	if errors.Is(err, ogg.ErrNotOpus) {
		p.NotVoice = "not Opus: a voice note is Opus in Ogg"
		p.Warnings = append(p.Warnings, "not Opus: phones play no other codec in Ogg")
		return nil
	}
	if stream == nil {
		return err
	}
	p.Mimetype, p.Codecs, p.Sound = "audio/ogg; codecs=opus", []string{"opus"}, true
	p.Duration = stream.Duration
	if stream.Channels != 1 {
		p.NotVoice = fmt.Sprintf("%d channels: a voice note has one", stream.Channels)
	}
	if err != nil {
		p.NotVoice = "the file is broken"
		return err
	}
	if p.Voice = p.NotVoice == "" && p.Duration > 0; !p.Voice && p.NotVoice == "" {
		p.NotVoice = "no sound"
	}
	return f.measure(ogg.SampleRate, stream.Decode)
}

func (f *file) readWAV() error {
	p := &f.preview
	p.NotVoice = "WAV: a voice note is Opus in Ogg"
	sound, err := wav.Open(f.bounded(soundBudget))
	if err != nil {
		return err
	}
	p.Sound, p.Duration = true, sound.Duration
	p.Warnings = append(p.Warnings, "WAV sound: many phones play only AAC, AMR, MP3 and Opus")
	if err = f.measure(sound.SampleRate, sound.Decode); errors.Is(err, wav.ErrUnsupported) {
		return nil
	}
	return err
}

func (f *file) readMP3() error {
	p := &f.preview
	p.NotVoice = "MP3: a voice note is Opus in Ogg"
	sound, err := mp3.Open(f.bounded(soundBudget))
	if err != nil {
		return err
	}
	p.Sound, p.Codecs, p.Duration = true, []string{"mp3"}, sound.Duration
	err = f.measure(sound.SampleRate, func(add func([]float32)) error {
		lasted, err := sound.Decode(add)
		if err == nil && !sound.Exact {
			p.Duration = lasted
		}
		return err
	})
	if errors.Is(err, mp3.ErrUnsupported) {
		return nil
	}
	return err
}

func (f *file) readFLAC() error {
	p := &f.preview
	p.NotVoice = "FLAC: a voice note is Opus in Ogg"
	var err error
	p.Duration, err = flac.Duration(f.bounded(4096))
	p.Sound, p.Codecs = err == nil, []string{"flac"}
	p.Warnings = append(p.Warnings, "FLAC sound: many phones play only AAC, AMR, MP3 and Opus")
	return err
}
