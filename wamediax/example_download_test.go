package wamediax_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"time"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"

	"github.com/wamediax/whatsmeow-ext/wamediax"
	"github.com/wamediax/whatsmeow-ext/wamediax/cdn"
	"github.com/wamediax/whatsmeow-ext/wamediax/streamenc"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

// exampleMedia is a logged-in client, and a message about media on the CDN of a service in this
// process.
func exampleMedia(service *wamediaxtest.Server, text string) (*wamediax.Client, *waE2E.VideoMessage) {
	object, info, err := streamenc.EncryptBytes([]byte(text), whatsmeow.MediaVideo, streamenc.WithSidecar(true))
	if err != nil {
		panic(err)
	}
	return exampleClient(service), &waE2E.VideoMessage{
		DirectPath: new(service.Put("video", object)), MediaKey: info.MediaKey,
		FileSHA256: info.FileSHA256, FileEncSHA256: info.FileEncSHA256,
		FileLength: new(uint64(info.FileLength)), StreamingSidecar: info.Sidecar,
	}
}

// expire has the CDN drop a message's media, and the phone put it there again when it is asked.
func expire(service *wamediaxtest.Server, id types.MessageID, video *waE2E.VideoMessage) {
	object, _ := service.Object(video.GetDirectPath())
	service.Forget(video.GetDirectPath(), http.StatusGone)
	service.SetPhone(wamediaxtest.PhoneWith(map[types.MessageID]wamediaxtest.PhoneMedia{
		id: {MediaKey: video.GetMediaKey(), DirectPath: service.Put("video", object.Data)},
	}))
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

// The phone uploads expired media again when it is asked. Its answer is an event, and whatsmeow
// delivers one event at a time, so the download runs in a goroutine of its own.
func ExampleWithReupload() {
	service := wamediaxtest.NewServer() // a WhatsApp service in this process
	defer service.Close()
	ctx := context.Background()
	client, video := exampleMedia(service, "frame after frame")
	expire(service, "3EB0AA", video)
	dir, err := os.MkdirTemp("", "example-*")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "holiday.mp4")
	done := make(chan struct{})

	save := func(evt *events.Message) {
		defer close(done)
		saved, err := client.DownloadFile(ctx, path, wamediax.MediaIn(evt.Message), wamediax.WithReupload(&evt.Info))
		switch {
		case errors.Is(err, wamediax.ErrGone):
			fmt.Println("the phone does not have it any more")
		case errors.Is(err, wamediax.ErrPhoneSilent), errors.Is(err, cdn.ErrUnreachable):
			fmt.Println("try again later")
		case err != nil:
			fmt.Println("failed to save:", err)
		case saved.Reuploaded:
			evt.Message.GetVideoMessage().DirectPath = &saved.DirectPath // store it with the message
			fmt.Println(saved.Bytes, "bytes, uploaded again by the phone")
		}
	}
	handle := func(evt any) {
		if msg, ok := evt.(*events.Message); ok && wamediax.MediaIn(msg.Message) != nil {
			go save(msg) // never inside the handler: it would block the phone's answer
		}
	}
	client.AddEventHandler(handle)

	received := &events.Message{Message: &waE2E.Message{VideoMessage: video}}
	received.Info.ID, received.Info.Chat, received.Info.Sender = "3EB0AA", exampleChat(service), exampleChat(service)
	handle(received) // as whatsmeow does
	<-done
	// Output: 17 bytes, uploaded again by the phone
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

// A web page plays a video from the CDN, with seeking. Your server does not store it.
func ExampleClient_OpenMedia_http() {
	service := wamediaxtest.NewServer() // a WhatsApp service in this process
	defer service.Close()
	client, video := exampleMedia(service, "frame after frame")

	web := http.NewServeMux()
	web.HandleFunc("GET /video.mp4", func(w http.ResponseWriter, r *http.Request) {
		media, err := client.OpenMedia(r.Context(), video)
		if err != nil {
			http.Error(w, "the video is not available", http.StatusBadGateway)
			return
		}
		defer media.Close()
		http.ServeContent(w, r, "video.mp4", time.Time{}, media)
	})

	player := httptest.NewRequest("GET", "/video.mp4", nil)
	player.Header.Set("Range", "bytes=6-10")
	answer := httptest.NewRecorder()
	web.ServeHTTP(answer, player)
	fmt.Println(answer.Code, answer.Header().Get("Content-Range"), answer.Body)
	// Output: 206 bytes 6-10/17 after
}
