package wamediax_test

import (
	"context"
	"fmt"

	"go.mau.fi/whatsmeow/proto/waE2E"

	"github.com/wamediax/whatsmeow-ext/wamediax"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

// A view-once video in a chat with disappearing messages: two containers around the media.
func ExampleMediaIn() {
	service := wamediaxtest.NewServer() // a WhatsApp service in this process
	defer service.Close()
	client, video := exampleMedia(service, "frame after frame")
	msg := &waE2E.Message{EphemeralMessage: &waE2E.FutureProofMessage{Message: &waE2E.Message{
		ViewOnceMessageV2: &waE2E.FutureProofMessage{Message: &waE2E.Message{VideoMessage: video}}}}}

	media := wamediax.MediaIn(msg)
	if media == nil {
		fmt.Println("only words")
		return
	}
	data, _, err := client.DownloadBytes(context.Background(), media)
	fmt.Println(string(data), err)
	// Output: frame after frame <nil>
}
