package wamediaxtest_test

import (
	"context"
	"fmt"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"google.golang.org/protobuf/proto"

	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

// One client uploads, another one downloads; both are plain whatsmeow.
func ExampleServer() {
	srv := wamediaxtest.NewServer()
	defer srv.Close()

	ctx := context.Background()
	sender, err := srv.NewClient(ctx)
	if err != nil {
		panic(err)
	}
	receiver, err := srv.NewClient(ctx)
	if err != nil {
		panic(err)
	}

	uploaded, err := sender.Upload(ctx, []byte("a document"), whatsmeow.MediaDocument)
	if err != nil {
		panic(err)
	}
	data, err := receiver.Download(ctx, &waE2E.DocumentMessage{
		DirectPath:    proto.String(uploaded.DirectPath),
		MediaKey:      uploaded.MediaKey,
		FileSHA256:    uploaded.FileSHA256,
		FileEncSHA256: uploaded.FileEncSHA256,
		FileLength:    proto.Uint64(uploaded.FileLength),
	})
	if err != nil {
		panic(err)
	}
	fmt.Printf("%s\n", data)
	fmt.Println("media_conn queries:", srv.MediaConnQueries())
	fmt.Println("to:", srv.Requests()[0].Host)
	// Output:
	// a document
	// media_conn queries: 2
	// to: media-1.cdn.test
}
