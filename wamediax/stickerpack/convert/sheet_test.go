package convert_test

import (
	"bytes"
	"flag"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/image/draw"

	"github.com/wamediax/whatsmeow-ext/wamediax/stickerpack/convert"
)

var (
	sheetFile = flag.String("contactsheet", "", "write a PNG of inputs and stickers to this `file`, for visual review")
	sheetDir  = flag.String("contactsheet.pictures", "", "read the inputs from this `directory`")
)

// TestContactSheet draws inputs, scaled to 256 pixels, above the resulting stickers, up to three
// frames each, on a checkerboard.
//
//	go test ./wamediax/stickerpack/convert -run ContactSheet -contactsheet /tmp/sheet.png
func TestContactSheet(t *testing.T) {
	if *sheetFile == "" {
		t.Skip("-contactsheet is not set")
	}
	inputs := [][]byte{
		pngOf(t, disc(300, 300, red, blue)), pngOf(t, disc(400, 150, yellow, blue)), jpegOf(t, photo(200, 400)),
		pngOf(t, noise(300, 300)), gifOf(t, 120, 6, 10, gif.DisposalNone), pngOf(t, disc(24, 24, blue, yellow)),
	}
	if *sheetDir != "" {
		inputs = nil
		files, err := filepath.Glob(filepath.Join(*sheetDir, "*.*"))
		require.NoError(t, err)
		for _, file := range files {
			data, err := os.ReadFile(file)
			require.NoError(t, err)
			inputs = append(inputs, data)
		}
	}
	const cell = 256
	sheet := image.NewRGBA(image.Rect(0, 0, cell*len(inputs), 4*cell))
	for y := range sheet.Rect.Dy() {
		for x := range sheet.Rect.Dx() {
			sheet.SetRGBA(x, y, color.RGBA{uint8(200 + 40*((x/16+y/16)%2)), 210, 210, 255})
		}
	}
	place := func(column, row int, img image.Image) {
		size := img.Bounds().Size()
		longer := max(size.X, size.Y)
		area := image.Rect(0, 0, max(1, cell*size.X/longer), max(1, cell*size.Y/longer)).Add(image.Pt(column*cell, row*cell))
		draw.CatmullRom.Scale(sheet, area, img, img.Bounds(), draw.Over, nil)
	}
	for i, data := range inputs {
		if img, _, err := image.Decode(bytes.NewReader(data)); err == nil {
			place(i, 0, img)
		}
		webp, err := convert.Sticker(t.Context(), bytes.NewReader(data))
		if err != nil {
			t.Log(fmt.Sprint(i), err)
			continue
		}
		frames := framesOfSticker(t, webp)
		t.Logf("input %d: %d bytes become %d bytes in %d frames", i, len(data), len(webp), len(frames))
		for row := range min(3, len(frames)) {
			place(i, 1+row, frames[row*len(frames)/3])
		}
	}
	var out bytes.Buffer
	require.NoError(t, png.Encode(&out, sheet))
	require.NoError(t, os.WriteFile(*sheetFile, out.Bytes(), 0o666))
}
