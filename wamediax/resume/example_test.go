package resume_test

import (
	"bytes"
	"context"
	"fmt"

	"go.mau.fi/whatsmeow"

	"github.com/wamediax/whatsmeow-ext/wamediax/cdn"
	"github.com/wamediax/whatsmeow-ext/wamediax/resume"
	"github.com/wamediax/whatsmeow-ext/wamediax/streamenc"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

// An object that the program encrypted itself, with a connection from whatsmeow's own query.
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
	source := &conns{cli: cli, hosts: []cdn.Host{{Name: "media-1.cdn.test"}}} // a ConnSource
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

// An object is sent while it is encrypted: chunk by chunk, and the hash at the end.
func ExampleUploader_Live() {
	service := wamediaxtest.NewServer() // a WhatsApp service in this process
	defer service.Close()
	ctx := context.Background()
	cli, err := service.NewClient(ctx)
	if err != nil {
		panic(err)
	}

	source := &conns{cli: cli, hosts: []cdn.Host{{Name: "media-1.cdn.test"}}} // a ConnSource
	uploader := resume.NewUploader(source, resume.WithHTTPClient(service.HTTPClient()))
	live := uploader.Live(resume.LiveObject{Path: "/mms/audio"})
	recording, err := streamenc.NewEncryptor(whatsmeow.MediaAudio)
	if err != nil {
		panic(err)
	}
	for range 3 {
		second := make([]byte, 16_000)
		if err = live.Send(ctx, recording.Update(nil, second)); err != nil {
			panic(err)
		}
	}
	end, info, err := recording.Finalize(nil)
	if err != nil {
		panic(err)
	}
	if err = live.Send(ctx, end); err != nil {
		panic(err)
	}
	answer, err := live.Finish(ctx, info.FileEncSHA256)
	if err != nil {
		panic(err)
	}
	fmt.Println(answer.Host, answer.Attempts, answer.Sent)
	// Output: media-1.cdn.test 1 48026
}
