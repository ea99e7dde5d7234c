package fetch_test

import (
	"context"
	"fmt"
	"regexp"
	"time"

	"google.golang.org/protobuf/proto"

	"go.mau.fi/whatsmeow/proto/waE2E"

	"github.com/wamediax/whatsmeow-ext/wamediax/cdn"
	"github.com/wamediax/whatsmeow-ext/wamediax/fetch"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

// Media that the hosts still have can be forwarded without a download or an upload.
func ExampleFetcher_Exists() {
	server := wamediaxtest.NewServer() // in place of WhatsApp
	defer server.Close()
	received := posted(server, []byte("a picture"))

	f := fetch.New(cdn.Public(), fetch.WithHTTPClient(server.HTTPClient())) // the real one needs no option
	there, err := f.Exists(context.Background(), received)
	if err != nil {
		fmt.Println(err)
		return
	}
	if there {
		forwarded := proto.Clone(received).(*waE2E.ImageMessage)
		forwarded.DirectPath = proto.String(fetch.ForwardedPath(received.GetDirectPath(), time.Now()))
		fmt.Println(regexp.MustCompile(`_nc_hot=[0-9]{10}$`).MatchString(forwarded.GetDirectPath()))
	}
	// Output: true
}
