package wamediaxtest_test

import (
	"context"
	"fmt"
	"strings"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types/events"
	"google.golang.org/protobuf/proto"

	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

// shout is a bot that answers every message in capitals.
func shout(bot *whatsmeow.Client) {
	bot.AddEventHandler(func(evt any) {
		if msg, ok := evt.(*events.Message); ok && !msg.Info.IsFromMe {
			answer := strings.ToUpper(msg.Message.GetConversation())
			_, err := bot.SendMessage(context.Background(), msg.Info.Chat, &waE2E.Message{Conversation: proto.String(answer)})
			if err != nil {
				panic(err)
			}
		}
	})
}

// A person writes to a bot. Both are plain whatsmeow clients, and the messages between them are
// encrypted as ever.
func ExampleServer_NewClient() {
	srv := wamediaxtest.NewServer()
	defer srv.Close()

	ctx := context.Background()
	bot, err := srv.NewClient(ctx)
	if err != nil {
		panic(err)
	}
	shout(bot)
	person, err := srv.NewClient(ctx)
	if err != nil {
		panic(err)
	}
	answers := make(chan string, 1)
	person.AddEventHandler(func(evt any) {
		if msg, ok := evt.(*events.Message); ok {
			answers <- msg.Message.GetConversation()
		}
	})

	_, err = person.SendMessage(ctx, bot.Store.GetJID().ToNonAD(), &waE2E.Message{Conversation: proto.String("hello")})
	if err != nil {
		panic(err)
	}
	fmt.Println(<-answers)

	// A message to a bot that is away waits for it.
	srv.Disconnect(bot)
	_, err = person.SendMessage(ctx, bot.Store.GetJID().ToNonAD(), &waE2E.Message{Conversation: proto.String("are you there?")})
	if err != nil {
		panic(err)
	}
	if err = bot.Connect(); err != nil {
		panic(err)
	}
	fmt.Println(<-answers)
	// Output:
	// HELLO
	// ARE YOU THERE?
}
