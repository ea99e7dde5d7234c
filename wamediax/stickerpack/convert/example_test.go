package convert_test

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/png"
	"os"
	"path/filepath"

	"go.mau.fi/whatsmeow/proto/waE2E"
	"golang.org/x/image/webp"

	"github.com/wamediax/whatsmeow-ext/wamediax"
	"github.com/wamediax/whatsmeow-ext/wamediax/stickerpack"
	"github.com/wamediax/whatsmeow-ext/wamediax/stickerpack/convert"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

// square returns a picture of one colour.
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

// weather makes a directory of pictures.
func weather() (dir string, remove func()) {
	parent, err := os.MkdirTemp("", "example-*")
	if err != nil {
		panic(err)
	}
	dir = filepath.Join(parent, "Weather")
	if err := os.Mkdir(dir, 0o777); err != nil {
		panic(err)
	}
	for name, c := range map[string]color.Color{
		"01_☀️.png": color.White, "02_🌧️☔.png": color.Black, "03_⛅.png": color.Gray{Y: 200},
	} {
		if err := os.WriteFile(filepath.Join(dir, name), square(50, c), 0o600); err != nil {
			panic(err)
		}
	}
	return dir, func() { os.RemoveAll(parent) }
}

// The pack gets the directory's name, and the stickers get the emojis in their file names.
func ExampleFromDir() {
	dir, remove := weather()
	defer remove()

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
	// [⛅]
	// valid: true
}

// mixed makes a directory of a static and an animated picture.
func mixed() (dir string, remove func()) {
	dir, err := os.MkdirTemp("", "example-*")
	if err != nil {
		panic(err)
	}
	colours := color.Palette{color.White, color.Black}
	blinking := &gif.GIF{Delay: []int{50, 50}}
	for i := range colours {
		blinking.Image = append(blinking.Image, image.NewPaletted(image.Rect(0, 0, 8, 8), color.Palette{colours[i]}))
	}
	var animated bytes.Buffer
	if err := gif.EncodeAll(&animated, blinking); err != nil {
		panic(err)
	}
	for name, data := range map[string][]byte{"1_😀.png": square(50, color.White), "2_😴.gif": animated.Bytes()} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			panic(err)
		}
	}
	return dir, func() { os.RemoveAll(dir) }
}

// A pack must be all static or all animated. For a directory with both, either animate the static
// pictures, or publish two packs.
func ExampleWithUniform() {
	dir, remove := mixed()
	defer remove()
	ctx := context.Background()

	pack, err := convert.FromDir(ctx, dir, convert.WithUniform())
	if err != nil {
		panic(err)
	}
	fmt.Println("one pack:", len(pack.Stickers), pack.Validate())

	pack, err = convert.FromDir(ctx, dir)
	if err != nil {
		panic(err)
	}
	fmt.Println("without the option:", pack.Validate())
	static, animated := pack.Split()
	fmt.Println("two packs:", len(static.Stickers), static.Validate(), len(animated.Stickers), animated.Validate())
	// Output:
	// one pack: 2 <nil>
	// without the option: stickers[1]: uniform: animated, but other stickers are static
	// two packs: 1 <nil> 1 <nil>
}

// Send a directory of pictures to a chat as a sticker pack.
func ExampleFromDir_publish() {
	service := wamediaxtest.NewServer() // a WhatsApp service in this process
	defer service.Close()
	ctx := context.Background()
	cli, err := service.NewClient(ctx)
	if err != nil {
		panic(err)
	}
	friend, err := service.NewClient(ctx)
	if err != nil {
		panic(err)
	}
	client := wamediax.Wrap(cli, wamediax.WithHTTPClient(service.HTTPClient()))
	chat := friend.Store.GetJID().ToNonAD()
	dir, remove := weather()
	defer remove()

	pack, err := convert.FromDir(ctx, dir) // PNG, JPEG, GIF, WebP of any size → stickers; emojis from 01_😺.png
	if err != nil {
		panic(err)
	}
	msg, err := stickerpack.Publish(ctx, client, pack)
	if err != nil {
		panic(err)
	}
	_, err = client.SendMessage(ctx, chat, &waE2E.Message{StickerPackMessage: msg})
	if err != nil {
		panic(err)
	}

	// A recipient downloads it:
	received, err := stickerpack.Download(ctx, client, msg)
	if err != nil {
		panic(err)
	}
	fmt.Println(received.Name, len(received.Stickers))
	// Output: Weather 3
}
