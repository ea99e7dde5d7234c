package tour

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"strings"

	"go.mau.fi/whatsmeow/proto/waE2E"
	"golang.org/x/image/draw"
	"golang.org/x/image/font"
	"golang.org/x/image/font/basicfont"
	"golang.org/x/image/math/fixed"
)

// sheetItem is what the chat shows of a file.
type sheetItem struct {
	name, mimetype string
	width, height  uint32 // pixels
	seconds, pages uint32
	thumbnail      image.Image
	waveform       []byte
}

func itemOf(name string, msg *waE2E.Message) sheetItem {
	item := sheetItem{name: name}
	var thumbnail []byte
	switch {
	case msg.ImageMessage != nil:
		m := msg.ImageMessage
		item.mimetype, item.width, item.height = m.GetMimetype(), m.GetWidth(), m.GetHeight()
		thumbnail = m.GetJPEGThumbnail()
	case msg.AudioMessage != nil:
		m := msg.AudioMessage
		item.mimetype, item.seconds, item.waveform = m.GetMimetype(), m.GetSeconds(), m.GetWaveform()
	case msg.DocumentMessage != nil:
		m := msg.DocumentMessage
		item.mimetype, item.pages = m.GetMimetype(), m.GetPageCount()
		thumbnail = m.GetJPEGThumbnail()
	}
	item.mimetype, _, _ = strings.Cut(item.mimetype, ";")
	if img, err := jpeg.Decode(bytes.NewReader(thumbnail)); err == nil {
		item.thumbnail = img
	}
	return item
}

// facts returns the fields of the message on one line.
func (item sheetItem) facts() string {
	facts := []string{item.mimetype}
	if item.width > 0 {
		facts = append(facts, fmt.Sprintf("%d×%d", item.width, item.height))
	}
	if item.seconds > 0 {
		facts = append(facts, fmt.Sprintf("%d s", item.seconds))
	}
	if item.pages > 0 {
		facts = append(facts, fmt.Sprintf("%d pages", item.pages))
	}
	if item.thumbnail != nil {
		facts = append(facts, fmt.Sprintf("thumbnail %d×%d", item.thumbnail.Bounds().Dx(), item.thumbnail.Bounds().Dy()))
	}
	if item.waveform != nil {
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
		if item.thumbnail != nil || item.waveform != nil {
			heights[i] = height
		}
		total += heights[i]
	}
	ground := color.RGBA{38, 45, 56, 255}
	sheet := image.NewRGBA(image.Rect(0, 0, width, total))
	draw.Draw(sheet, sheet.Rect, image.NewUniform(ground), image.Point{}, draw.Src)
	y := 0
	for i, item := range items {
		// the font is ASCII
		for line, text := range []string{item.name, strings.ReplaceAll(item.facts(), "×", "x")} {
			d := font.Drawer{Dst: sheet, Src: image.White, Face: basicfont.Face7x13, Dot: fixed.P(margin, y+16+16*line)}
			d.DrawString(text)
		}
		if item.thumbnail != nil {
			bounds := item.thumbnail.Bounds()
			at := bounds.Add(image.Pt(margin, y+top).Sub(bounds.Min))
			draw.Draw(sheet, at, item.thumbnail, bounds.Min, draw.Src)
		}
		for j, loudness := range item.waveform {
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
