package wamediax_test

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/wamediax/whatsmeow-ext/wamediax"
	"github.com/wamediax/whatsmeow-ext/wamediax/cdn"
	"github.com/wamediax/whatsmeow-ext/wamediax/fetch"
	"github.com/wamediax/whatsmeow-ext/wamediax/retry"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

// An archive keeps what a download needs, and downloads later, without a session.
func ExampleStoredMediaOf() {
	service := wamediaxtest.NewServer() // a WhatsApp service in this process
	defer service.Close()
	_, video := exampleMedia(service, "frame after frame")

	stored, err := wamediax.StoredMediaOf(video)
	if err != nil {
		panic(err)
	}
	column, err := json.Marshal(stored) // contains the media key
	if err != nil {
		panic(err)
	}

	var later wamediax.StoredMedia
	if err = json.Unmarshal(column, &later); err != nil {
		panic(err)
	}
	f := fetch.New(cdn.Public(), fetch.WithHTTPClient(service.HTTPClient())) // the real one needs no option
	data, _, err := f.Bytes(context.Background(), later)
	fmt.Println(string(data), err)
	// Output: frame after frame <nil>
}

// The media key does not show in logs.
func ExampleStoredMedia() {
	service := wamediaxtest.NewServer() // a WhatsApp service in this process
	defer service.Close()
	_, video := exampleMedia(service, "frame after frame")

	stored, err := wamediax.StoredMediaOf(video)
	fmt.Println(stored, err)
	// Output: stored media ("video", 17 bytes) <nil>
}

// A database has the media and which message it was in. The phone is asked for what the hosts have
// dropped.
func ExampleWithReuploadRequest() {
	service := wamediaxtest.NewServer() // a WhatsApp service in this process
	defer service.Close()
	client, video := exampleMedia(service, "frame after frame")
	expire(service, "3EB0AA", video)
	stored, err := wamediax.StoredMediaOf(video)
	if err != nil {
		panic(err)
	}
	message := retry.Request{MessageID: "3EB0AA", Chat: exampleChat(service)}

	data, got, err := client.DownloadBytes(context.Background(), stored, wamediax.WithReuploadRequest(message))
	if err != nil {
		panic(err)
	}
	if got.Reuploaded {
		stored.DirectPath = got.DirectPath // to be stored again
	}
	fmt.Println(string(data), got.Reuploaded)
	// Output: frame after frame true
}
