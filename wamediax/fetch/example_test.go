package fetch_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"

	"github.com/wamediax/whatsmeow-ext/wamediax/cdn"
	"github.com/wamediax/whatsmeow-ext/wamediax/fetch"
	"github.com/wamediax/whatsmeow-ext/wamediax/streamenc"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

// posted stores a picture on the test service's media hosts and returns its message.
func posted(server *wamediaxtest.Server, picture []byte) *waE2E.ImageMessage {
	object, info, err := streamenc.EncryptBytes(picture, whatsmeow.MediaImage)
	if err != nil {
		panic(err)
	}
	return &waE2E.ImageMessage{
		DirectPath: new(server.Put("image", object)), MediaKey: info.MediaKey, FileSHA256: info.FileSHA256,
		FileEncSHA256: info.FileEncSHA256, FileLength: new(uint64(info.FileLength)),
	}
}

// An archive tool has messages but no session. It downloads their media from the public host.
func ExampleFetcher_File() {
	server := wamediaxtest.NewServer() // in place of WhatsApp
	defer server.Close()
	msg := posted(server, []byte("a picture"))
	dir, _ := os.MkdirTemp("", "")
	defer os.RemoveAll(dir)

	f := fetch.New(cdn.Public(), fetch.WithHTTPClient(server.HTTPClient())) // the real one needs no option
	path := filepath.Join(dir, "picture.jpg")
	got, err := f.File(context.Background(), path, msg)
	if err != nil {
		fmt.Println(err)
		return
	}
	content, _ := os.ReadFile(path)
	fmt.Printf("%d bytes: %s\n", got.Bytes, content)
	// Output: 9 bytes: a picture
}

func ExampleFetcher_Bytes_expired() {
	server := wamediaxtest.NewServer()
	defer server.Close()
	msg := posted(server, []byte("an old picture"))
	server.Forget(msg.GetDirectPath(), http.StatusGone)

	f := fetch.New(cdn.Public(), fetch.WithHTTPClient(server.HTTPClient()))
	_, _, err := f.Bytes(context.Background(), msg)
	fmt.Println(errors.Is(err, fetch.ErrExpired), errors.Is(err, whatsmeow.ErrMediaDownloadFailedWith410))
	// Output: true true
}

func ExampleFetcher_Open() {
	server := wamediaxtest.NewServer()
	defer server.Close()
	msg := posted(server, []byte("a picture"))

	media, err := fetch.New(cdn.Public(), fetch.WithHTTPClient(server.HTTPClient())).Open(context.Background(), msg)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer media.Close()
	_, _ = media.Seek(2, io.SeekStart)
	rest, _ := io.ReadAll(media)
	fmt.Println(media.Size(), string(rest))
	// Output: 9 picture
}

func ExampleWithGone() {
	server := wamediaxtest.NewServer()
	defer server.Close()
	picture := []byte("an old picture")
	msg := posted(server, picture)
	object, _ := server.Object(msg.GetDirectPath())
	server.Forget(msg.GetDirectPath(), http.StatusNotFound)

	f := fetch.New(cdn.Public(), fetch.WithHTTPClient(server.HTTPClient()))
	data, got, err := f.Bytes(context.Background(), msg, fetch.WithGone(func(context.Context) (string, error) {
		return server.Put("image", object.Data), nil // have the media uploaded again
	}))
	fmt.Println(string(data), got.Reuploaded, got.DirectPath != msg.GetDirectPath(), err)
	// Output: an old picture true true <nil>
}

// An archive has a directory per chat that only its user can read.
func ExampleWithMkdirAll() {
	server := wamediaxtest.NewServer()
	defer server.Close()
	msg := posted(server, []byte("a picture"))
	dir, _ := os.MkdirTemp("", "")
	defer os.RemoveAll(dir)

	f := fetch.New(cdn.Public(), fetch.WithHTTPClient(server.HTTPClient()))
	path := filepath.Join(dir, "chat", "picture.jpg")
	_, err := f.File(context.Background(), path, msg, fetch.WithMkdirAll(0o700), fetch.WithFileMode(0o600))
	if err != nil {
		fmt.Println(err)
		return
	}
	stat, err := os.Stat(path)
	fmt.Println(stat.Mode(), err)
	// Output: -rw------- <nil>
}

func ExampleWithFileMode() {
	server := wamediaxtest.NewServer()
	defer server.Close()
	msg := posted(server, []byte("a picture"))
	dir, _ := os.MkdirTemp("", "")
	defer os.RemoveAll(dir)

	f := fetch.New(cdn.Public(), fetch.WithHTTPClient(server.HTTPClient()))
	path := filepath.Join(dir, "picture.jpg")
	if _, err := f.File(context.Background(), path, msg, fetch.WithFileMode(0o640)); err != nil {
		fmt.Println(err)
		return
	}
	stat, err := os.Stat(path)
	fmt.Println(stat.Mode(), err)
	// Output: -rw-r----- <nil>
}
