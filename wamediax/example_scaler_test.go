package wamediax_test

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/jpeg"
	"io"
	"os"

	"github.com/wamediax/whatsmeow-ext/wamediax"
	"github.com/wamediax/whatsmeow-ext/wamediax/preview"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

// letterhead is a Scaler that shows the bot's logo for files without a picture, such as PDFs.
type letterhead struct {
	*preview.Previewer
	logo *wamediax.Picture // at most 480 pixels per side
}

func (l letterhead) Scale(ctx context.Context, src io.ReaderAt, size int64, edge int) (*wamediax.Picture, error) {
	picture, err := l.Previewer.Scale(ctx, src, size, edge)
	if picture == nil && err == nil {
		picture = l.logo
	}
	return picture, err
}

// A bot's invoices have its logo as their larger thumbnail.
func ExampleScaler() {
	service := wamediaxtest.NewServer() // a WhatsApp service in this process
	defer service.Close()
	ctx := context.Background()

	var logo bytes.Buffer
	if err := jpeg.Encode(&logo, image.NewGray(image.Rect(0, 0, 480, 160)), nil); err != nil {
		panic(err)
	}
	scaler := letterhead{preview.New(), &wamediax.Picture{JPEG: logo.Bytes(), Width: 480, Height: 160}}
	client, chat := exampleClient(service, wamediax.WithPreviewer(scaler)), exampleChat(service)

	invoice, err := os.Open("preview/testdata/plain.pdf")
	if err != nil {
		panic(err)
	}
	defer invoice.Close()
	sent, err := client.SendMedia(ctx, chat, invoice, wamediax.WithFileName("invoice.pdf"))
	if err != nil {
		panic(err)
	}
	msg := sent.Message.GetDocumentMessage()
	fmt.Println(msg.GetFileName(), msg.GetThumbnailWidth(), "x", msg.GetThumbnailHeight())
	// Output: invoice.pdf 480 x 160
}
