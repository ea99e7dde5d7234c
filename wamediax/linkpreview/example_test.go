package linkpreview_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"

	"go.mau.fi/whatsmeow/proto/waE2E"

	"github.com/wamediax/whatsmeow-ext/wamediax"
	"github.com/wamediax/whatsmeow-ext/wamediax/linkpreview"
	"github.com/wamediax/whatsmeow-ext/wamediax/safehttp"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

// examplePage starts a web server in this process and returns a client that may access it.
func examplePage(html string) (*httptest.Server, *safehttp.Client) {
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, html)
	}))
	return web, safehttp.New(safehttp.WithPorts(), safehttp.WithAllowedPrefixes(netip.MustParsePrefix("127.0.0.1/32")))
}

func ExampleFetcher_Message() {
	service := wamediaxtest.NewServer() // a WhatsApp service in this process
	defer service.Close()
	web, reader := examplePage(`<title>Tea &amp; cake</title><meta name="description" content="Every day at four">`)
	defer web.Close()
	ctx := context.Background()
	cli, err := service.NewClient(ctx)
	if err != nil {
		panic(err)
	}
	client := wamediax.Wrap(cli, wamediax.WithHTTPClient(service.HTTPClient()))

	links := linkpreview.New(linkpreview.WithClient(reader)) // a bot needs no option
	msg, err := links.Message(ctx, client, "Come along: "+web.URL)
	if err != nil {
		fmt.Println("sent with less of a preview:", err)
	}
	to := client.Store.GetJID().ToNonAD()
	if _, err = client.SendMessage(ctx, to, &waE2E.Message{ExtendedTextMessage: msg}); err != nil {
		panic(err)
	}
	fmt.Println(msg.GetTitle(), "·", msg.GetDescription())
	// Output: Tea & cake · Every day at four
}

func ExampleFetcher_Fetch() {
	web, reader := examplePage(`<meta property="og:title" content="Tea"><meta property="og:description" content="and cake">`)
	defer web.Close()

	page, err := linkpreview.New(linkpreview.WithClient(reader)).Fetch(context.Background(), web.URL)
	if page == nil {
		fmt.Println("no preview:", err)
		return
	}
	if err != nil {
		fmt.Println("a preview without a picture:", err)
	}
	fmt.Println(page.Title, page.Description)
	// Output: Tea and cake
}

func ExamplePage_TextMessage() {
	page := &linkpreview.Page{URL: "https://example.com/menu", Title: "Menu", Description: "This week's cakes"}
	msg := page.TextMessage("We have new cakes: https://example.com/menu")
	fmt.Println(msg.GetMatchedText(), "→", msg.GetTitle())
	// Output: https://example.com/menu → Menu
}

func ExampleFindURL() {
	fmt.Println(linkpreview.FindURL("Did you see https://example.com/a_(b)? Or https://example.org?"))
	// Output: https://example.com/a_(b)
}
