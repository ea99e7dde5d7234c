package wamediax_test

import (
	"bytes"
	"context"
	"fmt"
	"os"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/store"
	"go.mau.fi/whatsmeow/types"

	"github.com/wamediax/whatsmeow-ext/wamediax"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

// The one line that changes in a bot.
func ExampleWrap() {
	device := &store.Device{} // from sqlstore, in a bot
	client := wamediax.Wrap(whatsmeow.NewClient(device, nil))

	// All of whatsmeow is still there.
	client.AddEventHandler(func(evt any) {})
	fmt.Println(client.IsConnected())
	// Output: false
}

func ExampleClient_UploadMedia() {
	send := func(ctx context.Context, client *wamediax.Client, chat types.JID, path string) error {
		file, err := os.Open(path)
		if err != nil {
			return err
		}
		defer file.Close()
		up, err := client.UploadMedia(ctx, file, whatsmeow.MediaVideo)
		if err != nil {
			return err
		}
		video := up.VideoMessage()
		video.Seconds = new(uint32(12)) // what people see is yours to add
		_, err = client.SendMessage(ctx, chat, &waE2E.Message{VideoMessage: video})
		return err
	}
	_ = send
}

func ExampleClient_UploadMedia_progress() {
	service := wamediaxtest.NewServer() // a WhatsApp service in this process
	defer service.Close()
	ctx := context.Background()
	cli, err := service.NewClient(ctx)
	if err != nil {
		panic(err)
	}
	client := wamediax.Wrap(cli, wamediax.WithHTTPClient(service.HTTPClient()))

	var last wamediax.Progress
	up, err := client.UploadMedia(ctx, bytes.NewReader(make([]byte, 1<<20)), whatsmeow.MediaDocument,
		wamediax.WithProgress(func(p wamediax.Progress) { last = p }))
	if err != nil {
		panic(err)
	}
	fmt.Println(up.FileLength, last.Stage, last.Done == last.Total)
	// Output: 1048576 uploading true
}
