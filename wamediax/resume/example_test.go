package resume_test

import (
	"bytes"
	"context"
	"fmt"

	"go.mau.fi/whatsmeow"

	"github.com/wamediax/whatsmeow-ext/wamediax/resume"
	"github.com/wamediax/whatsmeow-ext/wamediax/streamenc"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

// An object that was sealed by hand, over a connection that whatsmeow's own query gave.
func ExampleUploader_Upload() {
	service := wamediaxtest.NewServer() // a WhatsApp service in this process
	defer service.Close()
	ctx := context.Background()
	cli, err := service.NewClient(ctx)
	if err != nil {
		panic(err)
	}

	media := []byte("a very short document")
	sealed, err := streamenc.Seal(bytes.NewReader(media), int64(len(media)), whatsmeow.MediaDocument)
	if err != nil {
		panic(err)
	}
	source := &conns{cli: cli, hosts: []resume.Host{{Name: "media-1.cdn.test"}}} // a ConnSource
	uploader := resume.NewUploader(source, resume.WithHTTPClient(service.HTTPClient()))
	answer, err := uploader.Upload(ctx, resume.Object{
		Path:  "/mms/document",
		Token: resume.Token(sealed.Info().FileEncSHA256),
		Body:  sealed,
	}, nil)
	if err != nil {
		panic(err)
	}
	fmt.Println(answer.Host, answer.Attempts, answer.Sent == sealed.Size())
	// Output: media-1.cdn.test 1 true
}
