package wamediax_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/png"
	"os"

	"go.mau.fi/whatsmeow/proto/waE2E"
	"google.golang.org/protobuf/proto"

	"github.com/wamediax/whatsmeow-ext/wamediax"
	"github.com/wamediax/whatsmeow-ext/wamediax/preview"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

// A photo is sent with all that people see before they open it.
func ExampleClient_SendMedia() {
	service := wamediaxtest.NewServer() // a WhatsApp service in this process
	defer service.Close()
	ctx, chat := context.Background(), exampleChat(service)
	cli, err := service.NewClient(ctx)
	if err != nil {
		panic(err)
	}

	client := wamediax.Wrap(cli, wamediax.WithPreviewer(preview.New())) // cli is your *whatsmeow.Client
	client.SetMediaHTTPClient(service.HTTPClient())                     // which trusts the service in this process

	file, err := os.Open("preview/testdata/exif1.jpg")
	if err != nil {
		panic(err)
	}
	defer file.Close()
	sent, err := client.SendMedia(ctx, chat, file, wamediax.WithCaption("Look!"))
	if err != nil {
		panic(err)
	}
	photo := sent.Message.GetImageMessage()
	fmt.Println(photo.GetCaption(), photo.GetWidth() > 0, len(photo.GetJPEGThumbnail()) > 0)
	// Output: Look! true true
}

// What cannot be sent as it was asked for says what to do.
func ExampleClient_SendMedia_kind() {
	service := wamediaxtest.NewServer() // a WhatsApp service in this process
	defer service.Close()
	ctx := context.Background()
	client, chat := exampleClient(service), exampleChat(service)

	song, err := os.Open("preview/testdata/plain.mp3")
	if err != nil {
		panic(err)
	}
	defer song.Close()
	_, err = client.SendMedia(ctx, chat, song, wamediax.AsVoice())
	if errors.Is(err, wamediax.ErrKind) {
		fmt.Println(err)
		_, err = client.SendMedia(ctx, chat, song, wamediax.AsAudio())
	}
	fmt.Println(err)
	// Output:
	// failed to send media: file cannot be sent as this kind: phones do not show audio/mpeg as a voice message: convert it with package preview/voice, or send it as audio
	// <nil>
}

// A large photo is sent in HD: phones download the standard copy first, and the other on request.
func ExampleWithHD() {
	service := wamediaxtest.NewServer() // a WhatsApp service in this process
	defer service.Close()
	ctx := context.Background()
	client, chat := exampleClient(service, wamediax.WithPreviewer(preview.New())), exampleChat(service)

	var photo bytes.Buffer
	if err := png.Encode(&photo, image.NewGray(image.Rect(0, 0, 2400, 1800))); err != nil {
		panic(err)
	}
	sent, err := client.SendMedia(ctx, chat, &photo, wamediax.WithHD())
	if err != nil {
		panic(err)
	}
	fmt.Println("standard:", sent.Uploaded.Preview.Width, "pixels wide")
	if sent.HD != nil { // nil if the photo is no larger than the standard copy
		fmt.Println("HD:", sent.HD.Uploaded.Preview.Width, "pixels wide")
	}
	// Output:
	// standard: 1600 pixels wide
	// HD: 2400 pixels wide
}

// A bot that drew a picture itself knows what people see of it, so the file is not decoded again.
func ExampleWithPreview() {
	service := wamediaxtest.NewServer() // a WhatsApp service in this process
	defer service.Close()
	ctx := context.Background()
	client, chat := exampleClient(service), exampleChat(service)

	chart := image.NewGray(image.Rect(0, 0, 800, 600)) // that the bot drew
	var file bytes.Buffer
	if err := png.Encode(&file, chart); err != nil {
		panic(err)
	}
	thumbnail, err := preview.Thumbnail(chart, 100, 10<<10)
	if err != nil {
		panic(err)
	}
	sent, err := client.SendMedia(ctx, chat, &file, wamediax.WithPreview(&wamediax.Preview{
		Mimetype: "image/png", Width: 800, Height: 600, Thumbnail: thumbnail,
	}))
	if err != nil {
		panic(err)
	}
	msg := sent.Message.GetImageMessage()
	fmt.Println(msg.GetWidth(), "x", msg.GetHeight(), "with thumbnail:", len(msg.GetJPEGThumbnail()) > 0)
	// Output: 800 x 600 with thumbnail: true
}

// A message that was not sent after its upload is sent again without another.
func ExampleSendError() {
	service := wamediaxtest.NewServer() // a WhatsApp service in this process
	defer service.Close()
	ctx := context.Background()
	client, chat := exampleClient(service), exampleChat(service)

	sent, err := client.SendMedia(ctx, chat, bytes.NewReader([]byte("Minutes")), wamediax.WithFileName("minutes.txt"))
	var failed *wamediax.SendError
	if errors.As(err, &failed) { // later, or in another process that has stored the message
		_, err = client.SendMessage(ctx, chat, failed.Message, failed.Extra)
	}
	if err != nil {
		panic(err)
	}
	fmt.Println(sent.Message.GetDocumentMessage().GetFileName())
	// Output: minutes.txt
}

// Pictures that belong together are sent as one album.
func ExampleClient_SendAlbum() {
	service := wamediaxtest.NewServer() // a WhatsApp service in this process
	defer service.Close()
	ctx := context.Background()
	client, chat := exampleClient(service, wamediax.WithPreviewer(preview.New())), exampleChat(service)

	var items []wamediax.AlbumItem
	for _, name := range []string{"exif1.jpg", "movie.mp4", "picture.png"} {
		file, err := os.Open("preview/testdata/" + name)
		if err != nil {
			panic(err)
		}
		defer file.Close()
		items = append(items, wamediax.AlbumItem{Source: file})
	}
	sent, err := client.SendAlbum(ctx, chat, items, wamediax.WithCaption("Our tour"))
	if err != nil { // for each item that was not sent
		fmt.Println(err)
	}
	announced := sent[0].Album.Message.GetAlbumMessage()
	fmt.Println(announced.GetExpectedImageCount(), "pictures,", announced.GetExpectedVideoCount(), "video")
	// Output: 2 pictures, 1 video
}

// A bot sends what it got to another chat, without downloading it.
func ExampleClient_ForwardMedia() {
	service := wamediaxtest.NewServer() // a WhatsApp service in this process
	defer service.Close()
	ctx := context.Background()
	client, video := exampleMedia(service, "a video")
	chat := exampleChat(service)

	// With a message that came as an event: &evt.Info, evt.Message.
	sent, err := client.ForwardMedia(ctx, chat, nil, &waE2E.Message{VideoMessage: video})
	if err != nil {
		panic(err)
	}
	info := sent.Message.GetVideoMessage().GetContextInfo()
	fmt.Println(info.GetIsForwarded(), info.GetForwardingScore())
	// Output: true 1
}

func ExampleForward() {
	msg, err := wamediax.Forward(&waE2E.Message{Conversation: proto.String("a text")})
	fmt.Println(msg, errors.Is(err, wamediax.ErrNoMedia))
	// Output: <nil> true
}
