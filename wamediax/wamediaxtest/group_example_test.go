package wamediaxtest_test

import (
	"context"
	"fmt"
	"time"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types/events"
	"google.golang.org/protobuf/proto"

	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

// must fails the example: a test would use t.Fatal.
func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

// A bot sends a picture to a group. The test looks at what the server saw, and at what a member
// got.
func ExampleServer_NewGroup() {
	srv := wamediaxtest.NewServer()
	defer srv.Close()
	ctx := context.Background()
	bot, member := must(srv.NewClient(ctx)), must(srv.NewClient(ctx))
	group := must(srv.NewGroup(*bot.Store.ID, *member.Store.ID))
	captions := make(chan string, 1)
	member.AddEventHandler(func(evt any) {
		// The key of the group's sender comes as an event of its own, without a picture.
		if msg, ok := evt.(*events.Message); ok && msg.Message.ImageMessage != nil {
			captions <- msg.Message.GetImageMessage().GetCaption()
		}
	})

	must(bot.SendMessage(ctx, group, &waE2E.Message{ImageMessage: &waE2E.ImageMessage{Caption: proto.String("a cat")}}))
	fmt.Println(<-captions)
	for _, msg := range srv.Messages() {
		fmt.Println(msg.Type, msg.MediaType, "to the group:", msg.To == group, "recipients:", len(msg.Recipients))
	}
	// Output:
	// a cat
	// media image to the group: true recipients: 1
}

// A channel's pictures are not encrypted, and the message names the upload by its handle.
func ExampleServer_NewNewsletter() {
	srv := wamediaxtest.NewServer()
	defer srv.Close()
	ctx := context.Background()
	bot, reader := must(srv.NewClient(ctx)), must(srv.NewClient(ctx))
	newsletter := must(srv.NewNewsletter(*bot.Store.ID, *reader.Store.ID))
	pictures := make(chan *waE2E.ImageMessage, 1)
	reader.AddEventHandler(func(evt any) {
		if msg, ok := evt.(*events.Message); ok {
			pictures <- msg.Message.GetImageMessage()
		}
	})

	up := must(bot.UploadNewsletter(ctx, []byte("a picture"), whatsmeow.MediaImage))
	message := &waE2E.Message{ImageMessage: &waE2E.ImageMessage{
		URL: &up.URL, DirectPath: &up.DirectPath, FileSHA256: up.FileSHA256, FileLength: &up.FileLength,
	}}
	_, err := bot.SendMessage(ctx, newsletter, message)
	fmt.Println("without the handle:", err)
	must(bot.SendMessage(ctx, newsletter, message, whatsmeow.SendRequestExtra{MediaHandle: up.Handle}))
	fmt.Printf("%s\n", must(reader.Download(ctx, <-pictures)))
	// Output:
	// without the handle: server returned error 479
	// a picture
}

// The answer to a message is lost. A bot that sends it again with the same ID does not send it
// twice.
func ExampleServer_InjectMessageFault() {
	srv := wamediaxtest.NewServer()
	defer srv.Close()
	ctx := context.Background()
	bot, person := must(srv.NewClient(ctx)), must(srv.NewClient(ctx))
	received := make(chan string, 2)
	person.AddEventHandler(func(evt any) {
		if msg, ok := evt.(*events.Message); ok {
			received <- msg.Message.GetConversation()
		}
	})

	srv.InjectMessageFault(wamediaxtest.MessageFault{Do: wamediaxtest.LoseAck()})
	extra := whatsmeow.SendRequestExtra{ID: bot.GenerateMessageID(), Timeout: 100 * time.Millisecond}
	for {
		_, err := bot.SendMessage(ctx, person.Store.ID.ToNonAD(), &waE2E.Message{Conversation: proto.String("hello")}, extra)
		if err == nil {
			break
		}
		fmt.Println(err)
		extra.Timeout = time.Minute
	}
	fmt.Println(<-received)
	fmt.Println("sent:", len(srv.Messages()), "delivered again:", len(received))
	// Output:
	// timed out waiting for message send response
	// hello
	// sent: 2 delivered again: 0
}
