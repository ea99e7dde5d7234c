package tour

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"math"
	"os"
	"strings"

	"github.com/wamediax/whatsmeow-ext/wamediax"
	"github.com/wamediax/whatsmeow-ext/wamediax/preview"
	"github.com/wamediax/whatsmeow-ext/wamediax/preview/voice"
)

// previews sends files with thumbnails, dimensions, durations and waveforms, all made without
// external programs.
func (t *tour) previews(ctx context.Context, stage *stage) (string, error) {
	client := stage.wrap(stage.plain, wamediax.WithPreviewer(preview.New()))
	received := stage.listen()
	t.say("Sending a photo, a drawing and a document, and two recordings as voice messages.")
	var items []sheetItem
	for _, file := range []struct {
		name string
		src  io.Reader
		opts []wamediax.SendOption
	}{
		{"photo.jpg", bytes.NewReader(sunset()), nil},
		{"drawing.png", bytes.NewReader(dot(1)), nil},
		{"document.pdf", bytes.NewReader(document()), nil},
		{"melody.wav", voice.NewReader(bytes.NewReader(wav(true))), []wamediax.SendOption{wamediax.AsVoice()}},
		{"speech.wav", voice.NewReader(bytes.NewReader(wav(false))), []wamediax.SendOption{wamediax.AsVoice()}},
	} {
		opts := append(file.opts, wamediax.WithFileName(file.name))
		if _, err := client.SendMedia(ctx, stage.receiver.Store.GetJID().ToNonAD(), file.src, opts...); err != nil {
			return "", fmt.Errorf("%s: %w", file.name, err)
		}
		msg, err := received(ctx)
		if err != nil {
			return "", fmt.Errorf("%s: %w", file.name, err)
		}
		items = append(items, itemOf(file.name, msg))
	}
	var rows [][2]string
	for _, item := range items {
		rows = append(rows, [2]string{item.name, item.facts()})
	}
	t.rows(rows...)
	switch {
	case items[0].width != 960 || items[0].thumbnail == nil, items[1].thumbnail == nil:
		return "", errors.New("a picture arrived without a preview")
	case items[2].pages != 2:
		return "", errors.New("the document arrived without its page count")
	case items[3].waveform == nil || items[3].seconds != 3, items[4].waveform == nil:
		return "", errors.New("a voice message arrived without its duration or waveform")
	}
	sheet, err := contactSheet(items)
	if err != nil {
		return "", err
	}
	if t.Sheet == "" {
		t.say("To see them, run the tour with -sheet FILE.png.")
	} else if err := os.WriteFile(t.Sheet, sheet, 0o666); err != nil {
		return "", err
	} else {
		t.say("%s shows them.", t.Sheet)
	}
	return "thumbnails and waveforms without external programs", nil
}

// wav returns three seconds of sound: four notes, or bursts that look like speech in a waveform.
func wav(melody bool) []byte {
	const rate, seconds = 16000, 3
	samples := make([]int16, rate*seconds)
	for i := range samples {
		at := float64(i) / rate
		frequency, loudness := 180.0, 0.5*math.Pow(math.Abs(math.Sin(6*at)), 3)*math.Pow(math.Abs(math.Sin(1.1*at+0.3)), 4)
		if melody {
			note := int(at * 4 / seconds)
			frequency = []float64{262, 330, 392, 523}[note]
			loudness = 0.7 * math.Exp(-8*math.Mod(at, seconds/4.0))
		}
		samples[i] = int16(32767 * loudness * math.Sin(2*math.Pi*frequency*at))
	}
	var out bytes.Buffer
	out.WriteString("RIFF")
	_ = binary.Write(&out, binary.LittleEndian, uint32(36+2*len(samples)))
	out.WriteString("WAVEfmt ")
	_ = binary.Write(&out, binary.LittleEndian, []uint32{16, 1 | 1<<16, rate, 2 * rate, 2 | 16<<16})
	out.WriteString("data")
	_ = binary.Write(&out, binary.LittleEndian, uint32(2*len(samples)))
	_ = binary.Write(&out, binary.LittleEndian, samples)
	return out.Bytes()
}

// sunset returns a JPEG that looks like a photo.
func sunset() []byte {
	const width, height = 960, 640
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			sky := float64(y) / height
			c := color.RGBA{uint8(90 + 160*sky), uint8(60 + 90*sky), uint8(150 - 80*sky), 255}
			if math.Hypot(float64(x-620), float64(y-380)) < 90 {
				c = color.RGBA{255, 225, 130, 255}
			}
			if hill := 470 + 50*math.Sin(float64(x)/130) + 20*math.Sin(float64(x)/37); float64(y) > hill {
				c = color.RGBA{25, 35, uint8(60 - (y-470)/5), 255}
			}
			img.SetRGBA(x, y, c)
		}
	}
	var out bytes.Buffer
	_ = jpeg.Encode(&out, img, nil) // writing to a Buffer never fails
	return out.Bytes()
}

// document returns a PDF of two empty pages.
func document() []byte {
	var out bytes.Buffer
	out.WriteString("%PDF-1.4\n")
	var index strings.Builder
	for i, object := range []string{
		"<</Type/Catalog/Pages 2 0 R>>",
		"<</Type/Pages/Kids[3 0 R 4 0 R]/Count 2/MediaBox[0 0 200 200]>>",
		"<</Type/Page/Parent 2 0 R>>",
		"<</Type/Page/Parent 2 0 R>>",
	} {
		fmt.Fprintf(&index, "%010d 00000 n \n", out.Len())
		fmt.Fprintf(&out, "%d 0 obj\n%s\nendobj\n", i+1, object)
	}
	start := out.Len()
	fmt.Fprintf(&out, "xref\n0 5\n0000000000 65535 f \n%strailer\n<</Root 1 0 R/Size 5>>\nstartxref\n%d\n%%%%EOF\n", index.String(), start)
	return out.Bytes()
}
