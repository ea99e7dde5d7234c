package wamediaxtest_test

import (
	"bytes"
	"context"
	"fmt"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"google.golang.org/protobuf/proto"

	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

// A plain whatsmeow client meets a host that hangs up half-way, and tries again by hand.
func ExampleServer_Inject() {
	server := wamediaxtest.NewServer()
	defer server.Close()
	ctx := context.Background()
	client, err := server.NewClient(ctx)
	if err != nil {
		panic(err)
	}

	picture := make([]byte, 1<<20)
	server.Inject("", wamediaxtest.Fault{On: wamediaxtest.Uploads, Do: wamediaxtest.HangUp(600_000)})
	_, err = client.Upload(ctx, picture, whatsmeow.MediaImage)
	fmt.Println("first try failed:", err != nil)
	up, err := client.Upload(ctx, picture, whatsmeow.MediaImage)
	fmt.Println("second try failed:", err != nil)

	down, err := client.Download(ctx, &waE2E.ImageMessage{
		DirectPath:    proto.String(up.DirectPath),
		MediaKey:      up.MediaKey,
		FileSHA256:    up.FileSHA256,
		FileEncSHA256: up.FileEncSHA256,
	})
	fmt.Println("downloaded as it was:", err == nil && bytes.Equal(picture, down))

	for _, r := range server.Requests() {
		fmt.Printf("%s %s: took %d bytes, status %d\n", r.Method, r.Kind, r.BodyBytes, r.Status)
	}
	// Output:
	// first try failed: true
	// second try failed: false
	// downloaded as it was: true
	// POST Uploads: took 600000 bytes, status 0
	// POST Uploads: took 1048602 bytes, status 200
	// GET Downloads: took 0 bytes, status 200
}
