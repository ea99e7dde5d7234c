package tour

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"strings"
	"time"

	"golang.org/x/image/draw"
	"golang.org/x/image/font"
	"golang.org/x/image/font/basicfont"
	"golang.org/x/image/math/fixed"

	"github.com/wamediax/whatsmeow-ext/wamediax"
)

// sheetItem is a file with its preview.
type sheetItem struct {
	name string
	*wamediax.Preview
}

// facts is what the preview found, in a line.
func (item sheetItem) facts() string {
	kind, _, _ := strings.Cut(item.Mimetype, ";")
	facts := []string{kind}
	if item.Width > 0 {
		facts = append(facts, fmt.Sprintf("%d×%d", item.Width, item.Height))
	}
	if item.Duration > 0 {
		facts = append(facts, item.Duration.Round(10*time.Millisecond).String())
	}
	if item.Pages > 0 {
		facts = append(facts, fmt.Sprintf("%d pages", item.Pages))
	}
	if item.Thumbnail != nil {
		facts = append(facts, fmt.Sprintf("thumbnail %d×%d", item.ThumbnailWidth, item.ThumbnailHeight))
	}
	if item.Waveform != nil {
		facts = append(facts, "waveform")
	}
	return strings.Join(facts, ", ")
}

// contactSheet draws the items below each other and returns a PNG: name and facts, then the
// thumbnail or the waveform.
func contactSheet(items []sheetItem) ([]byte, error) {
	const width, textHeight, height, margin, top = 480, 48, 156, 8, 44
	total := 0
	heights := make([]int, len(items))
	for i, item := range items {
		heights[i] = textHeight
		if item.Thumbnail != nil || item.Waveform != nil {
			heights[i] = height
		}
		total += heights[i]
	}
	ground := color.RGBA{38, 45, 56, 255}
	sheet := image.NewRGBA(image.Rect(0, 0, width, total))
	draw.Draw(sheet, sheet.Rect, image.NewUniform(ground), image.Point{}, draw.Src)
	y := 0
	for i, item := range items {
		for line, text := range []string{item.name, strings.ReplaceAll(item.facts(), "×", "x")} { // the font is ASCII
			d := font.Drawer{Dst: sheet, Src: image.White, Face: basicfont.Face7x13, Dot: fixed.P(margin, y+16+16*line)}
			d.DrawString(text)
		}
		if item.Thumbnail != nil {
			thumbnail, err := jpeg.Decode(bytes.NewReader(item.Thumbnail))
			if err != nil {
				return nil, fmt.Errorf("thumbnail of %s: %w", item.name, err)
			}
			at := thumbnail.Bounds().Add(image.Pt(margin, y+top).Sub(thumbnail.Bounds().Min))
			draw.Draw(sheet, at, thumbnail, thumbnail.Bounds().Min, draw.Src)
		}
		for j, loudness := range item.Waveform {
			const most = 96
			bar := max(2, int(loudness)*most/100)
			at := image.Rect(0, 0, 4, bar).Add(image.Pt(margin+7*j, y+top+(most-bar)/2))
			draw.Draw(sheet, at, image.NewUniform(color.RGBA{90, 200, 140, 255}), image.Point{}, draw.Src)
		}
		y += heights[i]
	}
	var out bytes.Buffer
	if err := png.Encode(&out, sheet); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}
