package convert_test

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"

	"golang.org/x/image/webp"

	"github.com/wamediax/whatsmeow-ext/wamediax/stickerpack/convert"
)

// square is a picture of one colour.
func square(side int, c color.Color) []byte {
	img := image.NewPaletted(image.Rect(0, 0, side, side/2), color.Palette{c})
	var out bytes.Buffer
	if err := png.Encode(&out, img); err != nil {
		panic(err)
	}
	return out.Bytes()
}

func ExampleSticker() {
	sticker, err := convert.Sticker(context.Background(), bytes.NewReader(square(100, color.Black)))
	if err != nil {
		panic(err)
	}
	img, err := webp.Decode(bytes.NewReader(sticker))
	if err != nil {
		panic(err)
	}
	_, _, _, margin := img.At(256, 10).RGBA()
	fmt.Println(img.Bounds(), "margin's alpha:", margin)
	// Output: (0,0)-(512,512) margin's alpha: 0
}

// The folder's name is the pack's, and the names of the files say which emojis the stickers are for.
func ExampleFromDir() {
	parent, err := os.MkdirTemp("", "")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(parent)
	dir := filepath.Join(parent, "Weather")
	if err := os.Mkdir(dir, 0o777); err != nil {
		panic(err)
	}
	for name, c := range map[string]color.Color{"01_☀️.png": color.White, "02_🌧️☔.png": color.Black} {
		if err := os.WriteFile(filepath.Join(dir, name), square(50, c), 0o600); err != nil {
			panic(err)
		}
	}

	pack, err := convert.FromDir(context.Background(), dir)
	if err != nil {
		panic(err)
	}
	fmt.Println(pack.Name)
	for _, sticker := range pack.Stickers {
		fmt.Println(sticker.Emojis)
	}
	fmt.Println("valid:", pack.Validate() == nil)
	// Output:
	// Weather
	// [☀️]
	// [🌧️ ☔]
	// valid: true
}
