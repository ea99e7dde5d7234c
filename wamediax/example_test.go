package wamediax_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/store"
	"go.mau.fi/whatsmeow/types"
	waLog "go.mau.fi/whatsmeow/util/log"

	"github.com/wamediax/whatsmeow-ext/wamediax"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

// exampleClient is logged in to a service in this process. Yours is whatsmeow.NewClient(device,
// log), wrapped.
func exampleClient(service *wamediaxtest.Server, opts ...wamediax.Option) *wamediax.Client {
	cli, err := service.NewClient(context.Background())
	if err != nil {
		panic(err)
	}
	return wamediax.Wrap(cli, append(opts, wamediax.WithHTTPClient(service.HTTPClient()))...)
}

// exampleChat is a chat with somebody else.
func exampleChat(service *wamediaxtest.Server) types.JID {
	return exampleClient(service).Store.GetJID().ToNonAD()
}

// exampleFile is the path of a file of so many zeros.
func exampleFile(size int) (path string, remove func()) {
	dir, err := os.MkdirTemp("", "example-*")
	if err != nil {
		panic(err)
	}
	path = filepath.Join(dir, "holiday.mp4")
	if err = os.WriteFile(path, make([]byte, size), 0o600); err != nil {
		panic(err)
	}
	return path, func() { os.RemoveAll(dir) }
}

// The one line that changes in a bot.
func ExampleWrap() {
	var device = new(store.Device) // from sqlstore, in a bot
	var log = waLog.Noop

	client := wamediax.Wrap(whatsmeow.NewClient(device, log))

	// All of whatsmeow is still there.
	client.AddEventHandler(func(evt any) {})
	fmt.Println(client.IsConnected())
	// Output: false
}

// A proxy is for everything, uploads included; or for media alone.
func ExampleClient_SetProxyAddress() {
	client := wamediax.Wrap(whatsmeow.NewClient(new(store.Device), waLog.Noop))

	err := client.SetProxyAddress("socks5://user:password@proxy.example:1080")
	if err != nil {
		panic(err)
	}
	err = client.SetProxyAddress("http://media-proxy.example:3128", whatsmeow.SetProxyOptions{NoWebsocket: true})
	if err != nil {
		panic(err)
	}
	fmt.Println(client.SetProxyAddress("gopher://proxy.example") != nil)
	// Output: true
}

// A test of your own bot: it logs in to a service in the test's process, and the service
// misbehaves.
func Example_testYourBot() {
	ctx := context.Background()
	runBot := func(client *wamediax.Client, chat types.JID, path string) error { // for example
		file, err := os.Open(path)
		if err != nil {
			return err
		}
		defer file.Close()
		up, err := client.UploadMedia(ctx, file, whatsmeow.MediaVideo)
		if err != nil {
			return err
		}
		_, err = client.SendMessage(ctx, chat, &waE2E.Message{VideoMessage: up.VideoMessage()})
		return err
	}
	path, remove := exampleFile(2 << 20)
	defer remove()

	service := wamediaxtest.NewServer()
	defer service.Close()
	cli, err := service.NewClient(ctx) // logged in
	if err != nil {
		panic(err)
	}
	client := wamediax.Wrap(cli, wamediax.WithHTTPClient(service.HTTPClient()))
	service.Inject("", wamediaxtest.Fault{On: wamediaxtest.Uploads, Do: wamediaxtest.HangUp(1 << 20)})

	if err = runBot(client, exampleChat(service), path); err != nil {
		panic(err)
	}
	fmt.Println("objects on the CDN:", len(service.Objects()))
	fmt.Println("bytes that it took:", service.Received())
	// Output:
	// objects on the CDN: 1
	// bytes that it took: 2097178
}
