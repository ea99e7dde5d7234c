package preview_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wamediax/whatsmeow-ext/wamediax"
	"github.com/wamediax/whatsmeow-ext/wamediax/preview"
)

// fact is another program's output about a file: see testdata/make.sh.
type fact struct {
	Width, Height int
	Seconds       float64
	Sound         bool
	Waveform      []int
	Pages         int
	Password      bool
}

func facts(t *testing.T) map[string]fact {
	data, err := os.ReadFile("testdata/golden.json")
	require.NoError(t, err)
	var all map[string]fact
	require.NoError(t, json.Unmarshal(data, &all))
	return all
}

func read(t testing.TB, name string) []byte {
	data, err := os.ReadFile(filepath.Join("testdata", name))
	require.NoError(t, err)
	return data
}

func previewErr(t testing.TB, data []byte) (*wamediax.Preview, error) {
	return preview.New().Preview(t.Context(), bytes.NewReader(data), int64(len(data)), "")
}

func previewOf(t testing.TB, data []byte) *wamediax.Preview {
	p, err := previewErr(t, data)
	require.NoError(t, err)
	return p
}

// unlike lists the results that differ from those of the other programs on purpose.
var unlike = map[string]string{
	"movie.webm":          "not read without ffmpeg",
	"vorbis.ogg":          "phones do not play it",
	"aes-256-streams.pdf": "the page count is encrypted",
}

func TestPreviewsAgreeWithOtherPrograms(t *testing.T) {
	worst, sum, values := 0, 0, 0
	for name, want := range facts(t) {
		t.Run(name, func(t *testing.T) {
			got := previewOf(t, read(t, name))
			if unlike[name] != "" {
				return
			}
			require.Equal(t, want.Width, got.Width, "width")
			require.Equal(t, want.Height, got.Height, "height")
			require.Equal(t, want.Sound, got.Sound, "sound")
			require.Equal(t, want.Pages, got.Pages, "pages")
			require.InDelta(t, want.Seconds, got.Duration.Seconds(), tolerance(name), "duration")
			require.Equal(t, want.Password, strings.Contains(strings.Join(got.Warnings, " "), "password"), "password")
			if got.Waveform == nil {
				return
			}
			require.Len(t, got.Waveform, 64)
			for i, value := range got.Waveform {
				diff := max(int(value)-want.Waveform[i], want.Waveform[i]-int(value))
				worst, sum, values = max(worst, diff), sum+diff, values+1
				require.LessOrEqual(t, diff, 1, "value %d is %d, ffmpeg's sound gives %d", i, value, want.Waveform[i])
			}
		})
	}
	t.Logf("waveforms: %d values, maximum error %d, mean error %.2f", values, worst, float64(sum)/float64(values))
}

func tolerance(name string) float64 {
	switch name {
	case "indexed.mp4":
		return 0.07 // the index is that of the video; its sound is a little longer
	case "cut.opus":
		return 0.03 // ffprobe counts a packet that is not in the file
	}
	switch filepath.Ext(name) {
	case ".opus":
		return 0.007 // ffprobe counts the 6.5 ms before the sound
	case ".mp3":
		return 0.1 // ffprobe counts the silence that encoders add
	}
	return 0.001
}

func TestDecodableSoundHasAWaveform(t *testing.T) {
	for _, name := range []string{"silk.opus", "hybrid.opus", "celt.opus", "frames60.opus", "short.opus", "long.opus", "cut.opus",
		"stereo.opus", "u8.wav", "s16.wav", "s24.wav", "f32.wav", "stereo.wav", "cbr.mp3", "vbr.mp3", "plain.mp3", "mpeg2.mp3"} {
		require.Len(t, previewOf(t, read(t, name)).Waveform, 64, name)
	}
}
