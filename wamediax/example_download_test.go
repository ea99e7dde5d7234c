package wamediax_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types/events"

	"github.com/wamediax/whatsmeow-ext/wamediax"
	"github.com/wamediax/whatsmeow-ext/wamediax/streamenc"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

// exampleMedia is a logged-in client, and a message about media that lies on the CDN of a service in this process.
func exampleMedia(service *wamediaxtest.Server, text string) (*wamediax.Client, *waE2E.VideoMessage) {
	cli, err := service.NewClient(context.Background())
	if err != nil {
		panic(err)
	}
	object, info, err := streamenc.EncryptBytes([]byte(text), whatsmeow.MediaVideo, streamenc.WithSidecar(true))
	if err != nil {
		panic(err)
	}
	return wamediax.Wrap(cli, wamediax.WithHTTPClient(service.HTTPClient())), &waE2E.VideoMessage{
		DirectPath: new(service.Put("video", object)), MediaKey: info.MediaKey,
		FileSHA256: info.FileSHA256, FileEncSHA256: info.FileEncSHA256,
		FileLength: new(uint64(info.FileLength)), StreamingSidecar: info.Sidecar,
	}
}

func ExampleClient_DownloadTo() {
	service := wamediaxtest.NewServer() // a WhatsApp service in this process
	defer service.Close()
	client, video := exampleMedia(service, "frame after frame")

	got, err := client.DownloadTo(context.Background(), os.Stdout, video)
	if err != nil {
		panic(err) // and what was written is not to be used
	}
	fmt.Printf("\n%d bytes\n", got.Bytes)
	// Output:
	// frame after frame
	// 17 bytes
}

func ExampleClient_DownloadFile() {
	service := wamediaxtest.NewServer() // a WhatsApp service in this process
	defer service.Close()
	client, video := exampleMedia(service, "frame after frame")
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)

	path := filepath.Join(dir, "video.mp4")
	if _, err = client.DownloadFile(context.Background(), path, video); err != nil {
		panic(err)
	}
	data, err := os.ReadFile(path)
	fmt.Println(string(data), err)
	// Output: frame after frame <nil>
}

// Old media that the CDN has dropped is asked back from the phone. Call this in a goroutine of its own, not in the event
// handler: the phone's answer is an event, too.
func ExampleWithReupload() {
	save := func(ctx context.Context, client *wamediax.Client, evt *events.Message, path string) error {
		image := evt.Message.GetImageMessage()
		got, err := client.DownloadFile(ctx, path, image, wamediax.WithReupload(&evt.Info))
		switch {
		case err == nil:
			image.DirectPath = &got.DirectPath // store it with the message if got.Reuploaded
			return nil
		case errors.Is(err, wamediax.ErrGone):
			return fmt.Errorf("nobody has it any more: %w", err)
		case errors.Is(err, wamediax.ErrPhoneSilent), errors.Is(err, wamediax.ErrUnreachable):
			return fmt.Errorf("try again later: %w", err)
		default:
			return err
		}
	}
	_ = save
}

func ExampleClient_OpenMedia() {
	service := wamediaxtest.NewServer() // a WhatsApp service in this process
	defer service.Close()
	client, video := exampleMedia(service, "frame after frame")

	media, err := client.OpenMedia(context.Background(), video)
	if err != nil {
		panic(err)
	}
	defer media.Close()
	if _, err = media.Seek(-5, io.SeekEnd); err != nil {
		panic(err)
	}
	end, err := io.ReadAll(media)
	fmt.Println(string(end), err)
	// Output: frame <nil>
}

// A web page plays a video that lies on the CDN, seeking and all.
func ExampleClient_OpenMedia_http() {
	var client *wamediax.Client
	var video *waE2E.VideoMessage
	http.HandleFunc("GET /video.mp4", func(w http.ResponseWriter, r *http.Request) {
		media, err := client.OpenMedia(r.Context(), video)
		if err != nil {
			http.Error(w, "the video is not to be had", http.StatusBadGateway)
			return
		}
		defer media.Close()
		http.ServeContent(w, r, "video.mp4", time.Time{}, media)
	})
}
