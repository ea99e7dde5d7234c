package preview

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/wamediax/whatsmeow-ext/wamediax/preview/internal/ffmpeg"
)

// askFFmpeg fills in what is still missing: a video's frame, a waveform, or everything for a format
// that only ffmpeg supports.
func (f *file) askFFmpeg(path string) error {
	p := &f.preview
	kind, _, _ := strings.Cut(p.Mimetype, "/")
	unknown := p.Duration == 0 && p.Width == 0
	wantsFrame := kind == "video" && p.Thumbnail == nil
	wantsWaveform := (kind == "audio" || p.Mimetype == "application/ogg") && p.Waveform == nil && p.Duration <= longestWaveform
	if kind == "image" && p.Thumbnail == nil {
		wantsFrame = true // HEIC, AVIF
	}
	if !wantsFrame && !wantsWaveform {
		return nil
	}
	input, err := ffmpeg.OpenInput(f.ctx, f.src, f.size)
	if err != nil {
		return fmt.Errorf("failed to preview with ffmpeg: %w", err)
	}
	defer input.Close()
	if unknown {
		if err := f.probe(path, input); err != nil {
			return err
		}
		wantsWaveform = wantsWaveform && p.Duration <= longestWaveform
	}
	if wantsFrame {
		err = f.frame(path, input)
	}
	if wantsWaveform {
		err = errors.Join(err, f.soundByFFmpeg(path, input))
	}
	return err
}

// probe fills in the dimensions, duration and codecs of a format that this package does not know.
func (f *file) probe(path string, input *ffmpeg.Input) error {
	var out bytes.Buffer
	err := input.Probe(f.ctx, path, []string{"-print_format", "json", "-show_entries",
		"format=duration:stream=codec_type,codec_name,width,height:stream_side_data=rotation"}, 256<<10, &out)
	if err != nil {
		return fmt.Errorf("failed to preview with ffmpeg: %w", err)
	}
	var found struct {
		Streams []struct {
			Type          string `json:"codec_type"`
			Codec         string `json:"codec_name"`
			Width, Height int
			SideData      []struct{ Rotation int } `json:"side_data_list"`
		}
		Format struct{ Duration string }
	}
	if err := json.Unmarshal(out.Bytes(), &found); err != nil {
		return fmt.Errorf("failed to preview with ffmpeg: output of ffprobe: %w", err)
	}
	p := &f.preview
	if seconds, err := strconv.ParseFloat(found.Format.Duration, 64); err == nil && seconds > 0 && seconds < 365*24*3600 {
		p.Duration = time.Duration(seconds * float64(time.Second))
	}
	p.Codecs = nil
	for _, stream := range found.Streams[:min(len(found.Streams), 16)] {
		switch {
		case stream.Type == "audio":
			p.Sound = true
		case stream.Type == "video" && p.Width == 0:
			p.Width, p.Height = stream.Width, stream.Height
			for _, data := range stream.SideData {
				if data.Rotation%180 != 0 {
					p.Width, p.Height = p.Height, p.Width
				}
			}
		default:
			continue
		}
		p.Codecs = append(p.Codecs, stream.Codec)
	}
	return nil
}

// frame makes a thumbnail of the frame at one second, or of the first frame if the video is
// shorter. ffmpeg rotates it upright.
func (f *file) frame(path string, input *ffmpeg.Input) error {
	var seek []string
	if f.preview.Duration > 2*time.Second {
		seek = []string{"-ss", "1"}
	}
	var out bytes.Buffer
	err := input.Run(f.ctx, path, seek, []string{"-map", "v:0", "-frames:v", "1", "-an", "-sn",
		"-vf", "scale='min(480,iw)':'min(480,ih)':force_original_aspect_ratio=decrease:flags=area",
		"-c:v", "png", "-f", "image2pipe"}, 4<<20, &out)
	if err != nil {
		return fmt.Errorf("failed to preview with ffmpeg: %w", err)
	}
	return f.useCover(out.Bytes())
}

// soundByFFmpeg makes a waveform of the sound that ffmpeg decodes.
func (f *file) soundByFFmpeg(path string, input *ffmpeg.Input) error {
	const rate = 16000
	return f.measure(rate, func(sound func([]float32)) error {
		samples := &floats{sound: sound}
		seconds := int64(longestWaveform / time.Second)
		err := input.Run(f.ctx, path, nil, []string{"-map", "a:0", "-vn", "-sn", "-ac", "1", "-ar", strconv.Itoa(rate),
			"-t", strconv.FormatInt(seconds, 10), "-c:a", "pcm_f32le", "-f", "f32le"}, (seconds+1)*rate*4, samples)
		if err != nil {
			return fmt.Errorf("failed to preview with ffmpeg: %w", err)
		}
		return nil
	})
}

// floats converts ffmpeg's output to samples.
type floats struct {
	sound func([]float32)
	rest  []byte // the beginning of a sample split between two writes
	out   []float32
}

func (w *floats) Write(p []byte) (int, error) {
	w.rest = append(w.rest, p...)
	w.out = w.out[:0]
	whole := len(w.rest) / 4 * 4
	for i := 0; i < whole; i += 4 {
		w.out = append(w.out, math.Float32frombits(binary.LittleEndian.Uint32(w.rest[i:])))
	}
	w.rest = w.rest[:copy(w.rest, w.rest[whole:])]
	w.sound(w.out)
	return len(p), nil
}
