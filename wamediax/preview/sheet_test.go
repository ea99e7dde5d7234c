package preview_test

import (
	"bytes"
	"flag"
	"fmt"
	"image"
	"image/color"
	_ "image/gif"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	_ "golang.org/x/image/bmp"
	"golang.org/x/image/draw"
	"golang.org/x/image/font"
	"golang.org/x/image/font/basicfont"
	"golang.org/x/image/math/fixed"
	_ "golang.org/x/image/tiff"
	_ "golang.org/x/image/webp"

	"github.com/wamediax/whatsmeow-ext/wamediax"
	"github.com/wamediax/whatsmeow-ext/wamediax/preview"
)

var (
	sheetFile   = flag.String("contactsheet", "", "write a PNG of inputs, thumbnails and waveforms to this `file`, for a person to look at")
	sheetDir    = flag.String("contactsheet.files", "testdata", "take the inputs from this `directory`")
	sheetFFmpeg = flag.String("contactsheet.ffmpeg", "", "let the ffmpeg at this `path` help")
)

// TestContactSheet shows each input as it is stored (a video as its name), the thumbnail at its own
// size on a dark ground, and the waveform; where golden.json has one, that of ffmpeg's samples is
// below it in red.
//
//	go test ./wamediax/preview -run ContactSheet -contactsheet /tmp/sheet.png
func TestContactSheet(t *testing.T) {
	if *sheetFile == "" {
		t.Skip("-contactsheet is not set")
	}
	files, err := filepath.Glob(filepath.Join(*sheetDir, "*.*"))
	require.NoError(t, err)
	golden := facts(t)
	var opts []preview.Option
	if *sheetFFmpeg != "" {
		opts = append(opts, preview.WithFFmpeg(*sheetFFmpeg))
	}
	const columns, w, h = 4, 440, 150
	var cells []*image.RGBA
	for _, file := range files {
		if slices.Contains([]string{".sh", ".py", ".json"}, filepath.Ext(file)) {
			continue
		}
		data, err := os.ReadFile(file)
		require.NoError(t, err)
		p, err := preview.New(opts...).Preview(t.Context(), bytes.NewReader(data), int64(len(data)), "")
		require.NotNil(t, p, file)
		cell := image.NewRGBA(image.Rect(0, 0, w, h))
		draw.Draw(cell, cell.Rect, image.NewUniform(color.RGBA{60, 70, 90, 255}), image.Point{}, draw.Src)
		drawCell(cell, filepath.Base(file), data, p, err, golden[filepath.Base(file)].Waveform)
		cells = append(cells, cell)
	}
	rows := (len(cells) + columns - 1) / columns
	sheet := image.NewRGBA(image.Rect(0, 0, columns*(w+6), rows*(h+6)))
	for i, cell := range cells {
		draw.Draw(sheet, cell.Rect.Add(image.Pt(i%columns*(w+6), i/columns*(h+6))), cell, image.Point{}, draw.Src)
	}
	var out bytes.Buffer
	require.NoError(t, png.Encode(&out, sheet))
	require.NoError(t, os.WriteFile(*sheetFile, out.Bytes(), 0o666))
}

func drawCell(cell *image.RGBA, name string, data []byte, p *wamediax.Preview, err error, other []int) {
	write := func(line int, text string) {
		d := font.Drawer{Dst: cell, Src: image.White, Face: basicfont.Face7x13, Dot: fixed.P(5, 13+14*line)}
		d.DrawString(text)
	}
	write(0, fmt.Sprintf("%s  %d bytes", name, len(data)))
	facts := p.Mimetype
	if p.Width > 0 {
		facts += fmt.Sprintf(" %dx%d", p.Width, p.Height)
	}
	if p.Duration > 0 {
		facts += fmt.Sprintf(" %.2fs", p.Duration.Seconds())
	}
	if p.Pages > 0 {
		facts += fmt.Sprintf(" %d pages", p.Pages)
	}
	write(1, facts)
	switch {
	case err != nil:
		write(2, err.Error())
	case len(p.Warnings) > 0:
		write(2, p.Warnings[0])
	case p.NotVoice != "":
		write(2, p.NotVoice)
	case p.Voice:
		write(2, "voice note")
	}
	if stored, _, err := image.Decode(bytes.NewReader(data)); err == nil {
		size := stored.Bounds().Size()
		scale := 100 / float64(max(size.X, size.Y))
		area := image.Rect(5, 46, 5+max(1, int(float64(size.X)*scale)), 46+max(1, int(float64(size.Y)*scale)))
		draw.CatmullRom.Scale(cell, area, stored, stored.Bounds(), draw.Over, nil)
	}
	if thumbnail, _, err := image.Decode(bytes.NewReader(p.Thumbnail)); err == nil {
		x := 120
		if p.Waveform != nil {
			x = cell.Rect.Dx() - thumbnail.Bounds().Dx() - 5 // beside the bars, as far as they fit
		}
		draw.Draw(cell, thumbnail.Bounds().Add(image.Pt(x, 46)), thumbnail, image.Point{}, draw.Src)
	}
	bars := func(top int, value func(i int) int, c color.Color) {
		for i := range 64 {
			height := max(1, value(i)*46/100)
			bar := image.Rect(0, 0, 4, height).Add(image.Pt(5+5*i, top+46-height))
			draw.Draw(cell, bar, image.NewUniform(c), image.Point{}, draw.Src)
		}
	}
	if p.Waveform != nil {
		bars(46, func(i int) int { return int(p.Waveform[i]) }, color.RGBA{90, 220, 120, 255})
		if other != nil {
			bars(98, func(i int) int { return other[i] }, color.RGBA{230, 100, 90, 255})
		}
	}
}
