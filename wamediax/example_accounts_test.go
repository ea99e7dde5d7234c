package wamediax_test

import (
	"context"
	"fmt"
	"net/http"

	"go.mau.fi/whatsmeow"

	"github.com/wamediax/whatsmeow-ext/wamediax"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

// Many accounts of one process upload through one pool of connections, at most 16 at a time, each
// in its turn.
func ExampleWithHTTPClient() {
	service := wamediaxtest.NewServer()
	defer service.Close()
	ctx := context.Background()

	transport := service.HTTPClient().Transport.(*http.Transport).Clone() // http.DefaultTransport's, in a bot
	transport.MaxIdleConnsPerHost = 100
	shared := &http.Client{Transport: transport}
	defer shared.CloseIdleConnections()

	turns := wamediax.NewTurns(16)
	for range 3 {
		account, err := service.NewClient(ctx) // whatsmeow.NewClient(device, log), in a bot
		if err != nil {
			panic(err)
		}
		client := wamediax.Wrap(account, wamediax.WithHTTPClient(shared), wamediax.WithTurns(turns))
		if _, err = client.Upload(ctx, []byte("a picture"), whatsmeow.MediaImage); err != nil {
			panic(err)
		}
	}
	fmt.Println(len(service.Requests()), "uploads")
	// Output: 3 uploads
}
