package stickerpack_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/wamediax/whatsmeow-ext/wamediax"
	"github.com/wamediax/whatsmeow-ext/wamediax/stickerpack"
	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

// Publish a pack of three stickers without tray icon and thumbnail, and download it as a recipient
// does.
func ExamplePublish() {
	server := wamediaxtest.NewServer()
	defer server.Close()
	ctx := context.Background()
	cli, err := server.NewClient(ctx)
	if err != nil {
		panic(err)
	}
	client := wamediax.Wrap(cli, wamediax.WithHTTPClient(server.HTTPClient()))

	pack := &stickerpack.Pack{
		ID: "4fd4787a-6411-4116-acde-53cc59b95de5", Name: "Colours", Publisher: "A painter",
		Stickers: []stickerpack.Sticker{
			{WebP: still(512, 10), Emojis: []string{"🌑"}, Label: "Nearly black"},
			{WebP: still(512, 120), Emojis: []string{"🌗"}, Label: "Half red"},
			{WebP: still(512, 250), Emojis: []string{"🌕"}, Label: "Red"},
		},
	}
	msg, err := stickerpack.Publish(ctx, client, pack)
	if err != nil {
		panic(err)
	}
	// client.SendMessage(ctx, chat, &waE2E.Message{StickerPackMessage: msg})

	received, err := stickerpack.Download(ctx, client, msg)
	if err != nil {
		panic(err)
	}
	fmt.Println(received.Name, "by", received.Publisher)
	for _, sticker := range received.Stickers {
		fmt.Println(sticker.Emojis, sticker.Label, len(sticker.WebP), "bytes")
	}
	fmt.Println("there is a tray icon:", received.TrayIcon != nil)
	// Output:
	// Colours by A painter
	// [🌑] Nearly black 34 bytes
	// [🌗] Half red 34 bytes
	// [🌕] Red 34 bytes
	// there is a tray icon: true
}

func ExamplePack_Validate() {
	pack := &stickerpack.Pack{
		ID: "cats/1", Name: "Cats", Publisher: "me",
		Stickers: []stickerpack.Sticker{
			{WebP: still(512, 1), Emojis: []string{"😺"}},
			{WebP: still(300, 1), Emojis: []string{"😺", "😸", "😹", "😻"}},
		},
	}
	err := pack.Validate()
	fmt.Println(err)

	var broken stickerpack.RuleErrors
	if errors.As(err, &broken) {
		for _, e := range broken {
			if e.Rule == stickerpack.RuleDimensions {
				fmt.Println("to be converted:", e.Sticker)
			}
		}
	}
	fmt.Println("advice:", pack.Warnings())
	// Output:
	// pack id: contains /, \ or .; stickers[1]: emojis: 4 emojis, limit is 3; stickers[1]: dimensions: 300×300 pixels, must be 512×512
	// to be converted: 1
	// advice: advised count: 2 stickers, 3 to 30 are usual
}
