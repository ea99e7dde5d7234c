package preview

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"time"

	"github.com/wamediax/whatsmeow-ext/wamediax/internal/waveform"
	"github.com/wamediax/whatsmeow-ext/wamediax/preview/internal/bounded"
	"github.com/wamediax/whatsmeow-ext/wamediax/preview/internal/flac"
	"github.com/wamediax/whatsmeow-ext/wamediax/preview/internal/mp3"
	"github.com/wamediax/whatsmeow-ext/wamediax/preview/internal/opus"
	"github.com/wamediax/whatsmeow-ext/wamediax/preview/internal/pcm"
	"github.com/wamediax/whatsmeow-ext/wamediax/preview/internal/wav"
)

const (
	// soundBudget limits the bytes read for a waveform. 30 minutes of CD sound are 318 million.
	soundBudget = 320 << 20
	// longestWaveform limits the sound that is decoded. Opus takes a few seconds for that much.
	longestWaveform = 30 * time.Minute
)

// Waveform returns the waveform that WhatsApp draws for mono sound: 64 values from 0 to 100.
// Samples are from -1 to 1, sampleRate of them per second. Without samples it returns nil. Memory
// does not grow with the length.
//
// A value is loudness, from 0 for -60 dB below full scale to 100 for -10 dB. Each tenth of a second
// has the loudness of its loudest 20 ms. The tenths are averaged to 64 values, or interpolated if
// there are fewer. The scale is WhatsApp Web's; the two lengths of time are this package's choice.
func Waveform(samples iter.Seq[float32], sampleRate int) []byte {
	meter := waveform.NewMeter(sampleRate)
	for sample := range samples {
		meter.Add(sample)
	}
	return meter.Waveform()
}

// measure makes the waveform from the samples that decode passes to its callback.
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
	if err == nil { // a waveform of a part would be wrong
		f.preview.Waveform = meter.Waveform()
	}
	return err
}

// readOgg reads Opus, the format of voice notes, and rejects other codecs in Ogg.
func (f *file) readOgg() error {
	p := &f.preview
	stream, err := opus.Open(f.bounded(soundBudget))
	if errors.Is(err, opus.ErrNotOpus) {
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
	return f.measure(opus.SampleRate, stream.Decode)
}

func (f *file) readWAV() error {
	p := &f.preview
	p.NotVoice = "WAV: a voice note is Opus in Ogg"
	in := f.bounded(soundBudget).Stream()
	header, err := wav.ReadHeader(in)
	if err != nil {
		return fmt.Errorf("failed to read WAV: %w", err)
	}
	p.Sound = true
	p.Warnings = append(p.Warnings, "WAV sound: many phones play only AAC, AMR, MP3 and Opus")
	if !header.Plain() {
		// for example ADPCM
		p.Duration = bounded.Duration(uint64(header.Samples), header.SampleRate)
		return nil
	}
	size := min(header.Size, f.size-in.Offset()) // the file may be truncated
	p.Duration = bounded.Duration(uint64(size/int64(header.FrameBytes)), header.SampleRate)
	layout, err := header.Layout()
	if err != nil {
		return nil // only the duration is known
	}
	sound := pcm.NewReader(in, layout, size)
	return f.measure(sound.Rate(), f.samplesOf(sound))
}

func (f *file) readMP3() error {
	p := &f.preview
	p.NotVoice = "MP3: a voice note is Opus in Ogg"
	src := f.bounded(soundBudget)
	sound, err := mp3.Open(src.Stream())
	if err != nil {
		return err
	}
	p.Sound, p.Codecs = true, []string{"mp3"}
	rate := uint32(sound.Rate())
	// estimate it until the sound is decoded
	if p.Duration = bounded.Duration(uint64(sound.Samples), rate); p.Duration == 0 {
		size := f.size - sound.Start
		if tag, err := src.Range(f.size-128, 3); err == nil && string(tag) == "TAG" {
			size -= 128 // ID3v1
		}
		p.Duration = bounded.Duration(uint64(max(size, 0))*8, uint32(sound.Bitrate))
	}
	var decoded int64
	err = f.measure(sound.Rate(), func(add func([]float32)) error {
		err := f.samplesOf(sound)(func(samples []float32) {
			decoded += int64(len(samples))
			add(samples)
		})
		if err == nil && decoded < sound.Samples*9/10 {
			return fmt.Errorf("failed to decode MP3: got %d of %d samples: file is truncated or broken", decoded, sound.Samples)
		}
		if err == nil && sound.Samples == 0 {
			p.Duration = bounded.Duration(uint64(decoded), rate)
		}
		return err
	})
	if errors.Is(err, mp3.ErrUnsupported) {
		return nil
	}
	return err
}

// samplesOf passes all samples of sound to add, in pieces.
func (f *file) samplesOf(sound pcm.Sound) func(add func([]float32)) error {
	return func(add func([]float32)) error {
		buf := make([]float32, 4096)
		for {
			if f.ctx.Err() != nil { // the reader checks it only when it reads
				return context.Cause(f.ctx)
			}
			n, err := sound.Read(buf)
			if err == io.EOF {
				return nil
			}
			if err != nil {
				return err
			}
			add(buf[:n])
		}
	}
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
