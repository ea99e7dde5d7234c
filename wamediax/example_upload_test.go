package wamediax_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"go.mau.fi/util/dbutil"
	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"google.golang.org/protobuf/proto"
	_ "modernc.org/sqlite"

	"github.com/wamediax/whatsmeow-ext/wamediax"
	"github.com/wamediax/whatsmeow-ext/wamediax/cdn"
	"github.com/wamediax/whatsmeow-ext/wamediax/resume/filestore"
	"github.com/wamediax/whatsmeow-ext/wamediax/resume/sqlstore"
	"github.com/wamediax/whatsmeow-ext/wamediax/streamenc"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

// A video is sent to a chat, whatever its size.
func ExampleClient_UploadMedia() {
	service := wamediaxtest.NewServer() // a WhatsApp service in this process
	defer service.Close()
	ctx := context.Background()
	client, chat := exampleClient(service), exampleChat(service)
	path, remove := exampleFile(1 << 20)
	defer remove()

	file, err := os.Open(path)
	if err != nil {
		panic(err)
	}
	defer file.Close()
	up, err := client.UploadMedia(ctx, file, whatsmeow.MediaVideo,
		wamediax.WithProgress(func(p wamediax.Progress) { log.Println(p.Stage, p.Done, p.Total) }))
	if err != nil {
		panic(err)
	}
	video := up.VideoMessage() // keys, hashes, path, MIME type, streaming sidecar: all set
	video.Caption = proto.String("Look!")
	_, err = client.SendMessage(ctx, chat, &waE2E.Message{VideoMessage: video})
	if err != nil {
		panic(err)
	}
	fmt.Println(video.GetFileLength(), len(video.GetMediaKey()), len(video.GetStreamingSidecar()))
	// Output: 1048576 32 170
}

func ExampleClient_UploadMedia_progress() {
	service := wamediaxtest.NewServer() // a WhatsApp service in this process
	defer service.Close()
	ctx := context.Background()
	client := exampleClient(service)

	var last wamediax.Progress
	up, err := client.UploadMedia(ctx, bytes.NewReader(make([]byte, 1<<20)), whatsmeow.MediaDocument,
		wamediax.WithProgress(func(p wamediax.Progress) { last = p }))
	if err != nil {
		panic(err)
	}
	fmt.Println(up.FileLength, last.Stage, last.Done == last.Total)
	// Output: 1048576 uploading true
}

// UploadMedia reads a plain stream, such as an HTTP body, once. It keeps the ciphertext until it is
// sent: in memory up to a limit, and in a temporary file beyond.
func ExampleClient_UploadMedia_stream() {
	service := wamediaxtest.NewServer() // a WhatsApp service in this process
	defer service.Close()
	ctx := context.Background()
	client := exampleClient(service, wamediax.WithSpoolMemory(1<<20))

	var body io.Reader = io.LimitReader(zeros{}, 3<<20)
	up, err := client.UploadMedia(ctx, body, whatsmeow.MediaDocument)
	if err != nil {
		panic(err)
	}
	fmt.Println(up.DocumentMessage().GetFileLength())
	// Output: 3145728
}

// zeros is an endless source.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// UploadLive sends a recording while it is being made. Nothing is stored.
func ExampleClient_UploadLive() {
	service := wamediaxtest.NewServer() // a WhatsApp service in this process
	defer service.Close()
	ctx := context.Background()
	client, chat := exampleClient(service), exampleChat(service)
	recording, microphone := io.Pipe() // or the output of a transcoder, or the body of an HTTP answer
	go func() {
		for range 3 {
			_, _ = microphone.Write(make([]byte, 100_000))
		}
		microphone.Close()
	}()

	up, err := client.UploadLive(ctx, recording, whatsmeow.MediaAudio)
	if err != nil {
		panic(err)
	}
	voice := up.AudioMessage()
	voice.PTT = proto.Bool(true)
	_, err = client.SendMessage(ctx, chat, &waE2E.Message{AudioMessage: voice})
	if err != nil {
		panic(err)
	}
	fmt.Println(voice.GetFileLength())
	// Output: 300000
}

// The error names every host and its last answer. These are the kinds to test for.
func ExampleClient_UploadMedia_errors() {
	service := wamediaxtest.NewServer() // a WhatsApp service in this process
	defer service.Close()
	client := exampleClient(service)
	service.Inject("", wamediaxtest.Fault{On: wamediaxtest.Uploads, Times: -1, Do: wamediaxtest.Status(http.StatusNotAcceptable)})

	_, err := client.UploadMedia(context.Background(), bytes.NewReader([]byte("a film")), whatsmeow.MediaVideo)
	var status *cdn.StatusError
	switch {
	case errors.Is(err, cdn.ErrTooLarge):
		fmt.Println("a host answered 413")
	case errors.Is(err, cdn.ErrStalled):
		fmt.Println("a host stalled")
	case errors.Is(err, streamenc.ErrSourceChanged):
		fmt.Println("the file changed during the upload")
	case errors.As(err, &status):
		fmt.Println(status.Host, "answered", status.StatusCode)
	}
	// Output: media-1.cdn.test answered 406
}

// Code written for whatsmeow stays as it is, and survives a broken connection.
func ExampleClient_Upload() {
	service := wamediaxtest.NewServer() // a WhatsApp service in this process
	defer service.Close()
	ctx := context.Background()
	client := exampleClient(service)
	service.Inject("", wamediaxtest.Fault{On: wamediaxtest.Uploads, Do: wamediaxtest.HangUp(600_000)})

	resp, err := client.Upload(ctx, make([]byte, 1_000_000), whatsmeow.MediaImage)
	if err != nil {
		panic(err)
	}
	image := &waE2E.ImageMessage{
		URL:           proto.String(resp.URL),
		DirectPath:    proto.String(resp.DirectPath),
		MediaKey:      resp.MediaKey,
		Mimetype:      proto.String("image/png"),
		FileEncSHA256: resp.FileEncSHA256,
		FileSHA256:    resp.FileSHA256,
		FileLength:    proto.Uint64(resp.FileLength),
	}
	data, err := client.Download(ctx, image)
	fmt.Println(len(data), err)
	fmt.Println("bytes that the CDN took:", service.Received())
	// Output:
	// 1000000 <nil>
	// bytes that the CDN took: 1000026
}

// A program that stops in the middle of an upload continues it after a restart.
func ExampleWithResumeStore() {
	service := wamediaxtest.NewServer() // a WhatsApp service in this process
	defer service.Close()
	ctx := context.Background()
	cli, err := service.NewClient(ctx)
	if err != nil {
		panic(err)
	}
	path, remove := exampleFile(8 << 20)
	defer remove()
	dir := filepath.Join(filepath.Dir(path), "media-progress")

	send := func(ctx context.Context) (*wamediax.Uploaded, error) {
		store, err := filestore.New(dir) // or sqlstore.New, in the database that your bot has already
		if err != nil {
			return nil, err
		}
		client := wamediax.Wrap(cli, wamediax.WithResumeStore(store))
		client.SetMediaHTTPClient(service.HTTPClient()) // which trusts the service in this process

		file, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		return client.UploadMedia(ctx, file, whatsmeow.MediaVideo)
	}

	service.Inject("", wamediaxtest.Fault{On: wamediaxtest.Uploads, Do: wamediaxtest.StopReading(6 << 20)})
	ending, end := context.WithCancel(ctx)
	go func() {
		_ = service.WaitFor(ctx, func([]wamediaxtest.Request) bool { return service.Received() >= 6<<20 })
		end()
	}()
	_, err = send(ending)
	fmt.Println("first run:", err != nil)

	up, err := send(ctx)
	if err != nil {
		panic(err)
	}
	fmt.Println("second run:", up.Resumed)
	fmt.Println("bytes that the CDN took:", service.Received())
	// Output:
	// first run: true
	// second run: true
	// bytes that the CDN took: 8388634
}

// An uploaded file goes to the next chat without being sent again.
func ExampleWithResumeStore_nextChat() {
	service := wamediaxtest.NewServer() // a WhatsApp service in this process
	defer service.Close()
	ctx := context.Background()
	path, remove := exampleFile(1 << 20)
	defer remove()
	store, err := filestore.New(filepath.Dir(path))
	if err != nil {
		panic(err)
	}
	client := exampleClient(service, wamediax.WithResumeStore(store))

	for range 3 {
		file, err := os.Open(path)
		if err != nil {
			panic(err)
		}
		up, err := client.UploadMedia(ctx, file, whatsmeow.MediaVideo)
		file.Close()
		if err != nil {
			panic(err)
		}
		_, err = client.SendMessage(ctx, exampleChat(service), &waE2E.Message{VideoMessage: up.VideoMessage()})
		if err != nil {
			panic(err)
		}
		fmt.Println("bytes sent:", up.BytesSent)
	}
	// Output:
	// bytes sent: 1048602
	// bytes sent: 0
	// bytes sent: 0
}

// The store can be a table in the bot's own database, shared by many processes. Media from memory
// has no path, so WithResumeID names it.
func ExampleWithResumeStore_sql() {
	service := wamediaxtest.NewServer() // a WhatsApp service in this process
	defer service.Close()
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "example-*")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)

	db, err := dbutil.NewWithDialect("file:"+filepath.Join(dir, "bot.db")+
		"?_pragma=foreign_keys(1)&_pragma=journal_mode(WAL)&_pragma=busy_timeout(10000)&_txlock=immediate", "sqlite")
	if err != nil {
		panic(err)
	}
	defer db.Close()
	store, err := sqlstore.New(ctx, db)
	if err != nil {
		panic(err)
	}
	client := exampleClient(service, wamediax.WithResumeStore(store), wamediax.WithResumeExpiry(7*24*time.Hour))

	for range 2 {
		greeting := bytes.NewReader([]byte("a picture"))
		up, err := client.UploadMedia(ctx, greeting, whatsmeow.MediaImage, wamediax.WithResumeID("greeting"))
		if err != nil {
			panic(err)
		}
		fmt.Println("sent:", up.BytesSent)
	}
	// Output:
	// sent: 26
	// sent: 0
}

// Identical content is sent once, and the next run sends only what has changed.
func ExampleClient_UploadAll() {
	service := wamediaxtest.NewServer() // a WhatsApp service in this process
	defer service.Close()
	ctx := context.Background()
	path, remove := exampleFile(1 << 20)
	defer remove()
	store, err := filestore.New(filepath.Join(filepath.Dir(path), "media-progress"))
	if err != nil {
		panic(err)
	}
	client := exampleClient(service, wamediax.WithResumeStore(store))

	items := []wamediax.UploadItem{
		{MediaType: whatsmeow.MediaVideo, Path: path},
		{MediaType: whatsmeow.MediaVideo, Path: path},
		{MediaType: whatsmeow.MediaVideo, Path: "no such file"},
	}
	for range 2 {
		counts := make(map[string]int)
		for i, outcome := range client.UploadAll(ctx, items, wamediax.WithParallelism(4)) {
			if outcome.Err != nil {
				counts["failed"]++ // items[i]; the others go on
				continue
			}
			video := outcome.VideoMessage()
			counts[outcome.Delivery.String()]++
			_, _ = i, video
		}
		log.Println(counts) // map[failed:1 sent:1 shared:1], then map[failed:1 known:2]
		fmt.Println("failed:", counts["failed"], "bytes that the CDN took:", service.Received())
	}
	// Output:
	// failed: 1 bytes that the CDN took: 1048602
	// failed: 1 bytes that the CDN took: 1048602
}

// A business profile gets a cover photo and loses it again.
func ExampleClient_SetCoverPhoto() {
	service := wamediaxtest.NewServer() // a WhatsApp service in this process
	defer service.Close()
	ctx := context.Background()
	client := exampleClient(service)

	photo, err := client.UploadCoverPhoto(ctx, bytes.NewReader([]byte("a wide picture")))
	if err != nil {
		panic(err)
	}
	if err = client.SetCoverPhoto(ctx, photo); err != nil {
		panic(err)
	}
	object, shown := service.CoverPhoto(client.Store.GetJID())
	fmt.Println(string(object.Data), shown)

	if err = client.RemoveCoverPhoto(ctx, photo.ID); err != nil {
		panic(err)
	}
	_, shown = service.CoverPhoto(client.Store.GetJID())
	fmt.Println(shown)
	// Output:
	// a wide picture true
	// false
}
