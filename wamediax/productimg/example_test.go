package productimg_test

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/jpeg"
	"io"
	"log"

	"github.com/wamediax/whatsmeow-ext/wamediax"
	"github.com/wamediax/whatsmeow-ext/wamediax/productimg"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

// exampleClient returns a client of a test service. In a bot, use whatsmeow.NewClient(device, log).
func exampleClient(opts ...wamediax.Option) (client *wamediax.Client, end func()) {
	server := wamediaxtest.NewServer()
	cli, err := server.NewClient(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	return wamediax.Wrap(cli, append(opts, wamediax.WithHTTPClient(server.HTTPClient()))...), server.Close
}

func drawnPicture(width, height int) []byte {
	var out bytes.Buffer
	if err := jpeg.Encode(&out, image.NewGray(image.Rect(0, 0, width, height)), nil); err != nil {
		log.Fatal(err)
	}
	return out.Bytes()
}

func ExampleUpload() {
	client, end := exampleClient()
	defer end()
	picture := drawnPicture(2400, 1600)

	img, err := productimg.Upload(context.Background(), client, bytes.NewReader(picture), productimg.WithJPEG(85, 1200))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(img.Mimetype, img.Width, img.Height, img.URL != "")
	// Output: image/jpeg 1200 800 true
}

func ExampleSync() {
	client, end := exampleClient() // with wamediax.WithResumeStore, the next run sends only what has changed
	defer end()
	ctx := context.Background()
	open := func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(drawnPicture(800, 800))), nil }
	items := []productimg.Item{
		{ProductID: "red shirt", Position: 1, Open: open},
		{ProductID: "blue shirt", Position: 1, Open: open},
		{ProductID: "hat", Position: 1, Path: "no such file"},
	}

	pictures := make(map[string][]string) // whatever your catalog call takes, for example image URLs
	for i, outcome := range productimg.Sync(ctx, client, items) {
		item := items[i]
		if outcome.Err != nil {
			fmt.Println(item.ProductID, "has no picture")
			continue // other items continue
		}
		pictures[item.ProductID] = append(pictures[item.ProductID], outcome.Image.URL)
	}
	fmt.Println(len(pictures["red shirt"]), len(pictures["blue shirt"]), len(pictures["hat"]))
	// Output:
	// hat has no picture
	// 1 1 0
}
